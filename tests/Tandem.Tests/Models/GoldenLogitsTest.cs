using System.Globalization;
using System.Runtime.InteropServices;

namespace Tandem.Tests.Models;

public class GoldenLogitsTest
{
    private const double ExactBound = 1e-4;

    private static readonly int[] s_tokens =
    [
        72,
        101,
        108,
        108,
        111,
        44,
        32,
        119,
        111,
        114,
        108,
        100,
        33,
        259,
        10,
        84,
        104,
        101,
        32,
        113,
        117,
        105,
        99,
        107,
        32,
        98,
        114,
        111,
        119,
        110,
        32,
        102,
        111,
        120,
    ];

    /// <summary>llama.cpp's own distance from exact arithmetic, from the golden data's README.</summary>
    public static TheoryData<string, double> Formats =>
        new()
        {
            { "F16", 0.000514 },
            { "BF16", 0.00395 },
            { "Q8_0", 0.0143 },
            { "Q4_0", 0.0151 },
            { "Q4_1", 0.0151 },
            { "Q5_0", 0.0149 },
            { "Q5_1", 0.0149 },
            { "Q2_K", 0.0215 },
            { "Q3_K_M", 0.0201 },
            { "Q4_K_M", 0.0216 },
            { "Q5_K_M", 0.0209 },
            { "Q6_K", 0.0209 },
            { "IQ4_NL", 0.0163 },
            { "IQ4_XS", 0.0210 },
        };

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-mha")]
    [InlineData("llama3")]
    [InlineData("mixtral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("qwen3moe")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("phi3")]
    [InlineData("olmo2")]
    [InlineData("smollm3")]
    [InlineData("granite")]
    public void An_architecture_gives_the_golden_logits_and_ids(string name)
    {
        using var model = new TestModel(SharedData.Require($"golden/{name}.gguf"));
        var error = Distance(model.Logits(s_tokens, 64), Golden(name));
        Assert.True(error <= ExactBound, $"{name}: {error:g3}");
        Assert.Equal(GreedyIds(name), model.Greedy(s_tokens, 24));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_format_is_as_near_to_exact_arithmetic_as_the_reference_engine(string name, double reference)
    {
        using var model = new TestModel(SharedData.Require($"golden/formats/{name}.gguf"));
        var error = Distance(model.Logits(s_tokens, 64), Golden("formats/" + name));
        TestContext.Current.SendDiagnosticMessage($"{name}: {error / reference:f2} of the reference's error");
        Assert.True(error <= 1.1 * reference, $"{name}: {error:g3}, reference {reference:g3}");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_format_with_unquantised_activations_is_exact(string name, double reference)
    {
        Assert.True(reference > ExactBound, "the reference rounds activations, so it is not as near");
        using var model = new TestModel(SharedData.Require($"golden/formats/{name}.gguf"), exactActivations: true);
        var error = Distance(model.Logits(s_tokens, 64), Golden("formats/" + name));
        Assert.True(error <= ExactBound, $"{name}: {error:g3}");
    }

    private static double Distance(float[] ours, float[] golden)
    {
        Assert.Equal(golden.Length, ours.Length);
        var difference = ours.Zip(golden, (a, b) => Math.Pow(a - (double)b, 2)).Sum();
        return Math.Sqrt(difference / golden.Sum(value => (double)value * value));
    }

    private static float[] Golden(string name) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(SharedData.Require($"golden/{name}.logits.f32"))).ToArray();

    private static int[] GreedyIds(string name) =>
        [
            .. File.ReadAllText(SharedData.Require($"golden/{name}.greedy.txt"))
                .Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
        ];
}
