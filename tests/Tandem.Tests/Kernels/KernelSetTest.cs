using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>Which kernels a choice means on this machine.</summary>
public sealed class KernelSetTest
{
    public static TheoryData<KernelChoice> Choices => [.. InstructionSet.All.Select(set => set.Choice)];

    [Theory]
    [MemberData(nameof(Choices))]
    public void A_choice_is_named_as_it_is_written_or_refused_with_what_is_missing(KernelChoice choice)
    {
        var set = InstructionSet.All.Single(set => set.Choice == choice);
        if (KernelSet.IsAvailable(choice))
        {
            _ = new KernelSet(choice, exactActivations: false);
            Assert.Equal(set.Name, KernelSet.Describe(choice));
            return;
        }
        var error = Assert.Throws<InputException>(() => new KernelSet(choice, exactActivations: false));
        var missing = set.IsSupported ? "this system refuses memory" : $"this processor has no {set.What}";
        Assert.Contains($"kernels {set.Name}: {missing}", error.Message);
        Assert.Contains($"use {KernelSet.Describe(KernelChoice.Fastest)}", error.Message);
    }

    [Fact]
    public void Portable_kernels_are_there_on_every_machine()
    {
        Assert.True(KernelSet.IsAvailable(KernelChoice.Portable));
        Assert.True(KernelSet.IsAvailable(KernelChoice.Fastest));
        Assert.Equal("portable", KernelSet.Describe(KernelChoice.Portable));
    }

    [Fact]
    public void Attention_is_of_the_kernels_that_were_chosen()
    {
        var page = new KvPage(CacheType.F16, 64);
        Assert.IsType<PortableAttention>(new KernelSet(KernelChoice.Portable, exactActivations: false).Attention(page));
        Assert.SkipUnless(TestSets.Runnable.Any(), "no kernels are generated for this machine");
        Assert.IsType<GeneratedAttention>(new KernelSet(KernelChoice.Fastest, exactActivations: false).Attention(page));
    }
}
