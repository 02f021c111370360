using Tandem.Loading;
using Tandem.Trainer;

namespace Tandem.Tests.Loading;

public sealed class BuiltInModelTest
{
    private const long BytesMax = 3 << 20;

    [Fact]
    public void It_is_a_llama_of_about_one_and_a_half_million_parameters_in_at_most_3_MiB()
    {
        using var file = BuiltInModel.Open();

        Assert.Equal("llama", file.Header.Architecture);
        Assert.InRange(file.Header.Tensors.Values.Sum(tensor => tensor.Columns * tensor.Rows), 1_300_000, 1_700_000);
        Assert.InRange(file.Header.Tensors.Values.Max(tensor => tensor.Offset + tensor.Bytes), 0, BytesMax);
    }

    [Fact]
    public void It_answers_at_least_18_of_the_20_questions_and_18_of_the_20_requests_kept_out_of_its_training()
    {
        using var file = BuiltInModel.Open();
        var (weights, vocabulary) = BuiltInFile.Read(file, NetworkShape.BuiltIn);
        using var speaker = new Speaker(weights, vocabulary);
        var verdicts = new Checker().Check(speaker.Answer).ToList();
        var faults = verdicts.Where(verdict => verdict.Fault is not null).Select(verdict => verdict.ToString());

        Assert.True(
            verdicts.Count(verdict => !verdict.IsStory && verdict.Fault is null) >= 18,
            string.Join("\n", faults)
        );
        Assert.True(
            verdicts.Count(verdict => verdict.IsStory && verdict.Fault is null) >= 18,
            string.Join("\n", faults)
        );
    }
}
