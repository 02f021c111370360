using Tandem.Loading;
using Tandem.Tests.Models;
using Tandem.Trainer;
using Tandem.Trainer.Text;

namespace Tandem.Tests.Loading;

public sealed class BuiltInModelTest
{
    private const long BytesMax = 3 << 20;
    private const int AnswerTokensMax = 240;

    [Fact]
    public void It_is_a_llama_of_about_one_and_a_half_million_parameters_in_at_most_3_MiB()
    {
        using var file = BuiltInModel.Open();

        Assert.Equal("llama", file.Header.Architecture);
        Assert.InRange(file.Header.Tensors.Values.Sum(tensor => tensor.Columns * tensor.Rows), 1_300_000, 1_700_000);
        Assert.InRange(file.Header.Tensors.Values.Max(tensor => tensor.Offset + tensor.Bytes), 0, BytesMax);
    }

    [Theory]
    [InlineData("Tell me a story about a fox", "fox")]
    [InlineData("What colour is the sky?", "blue")]
    public void The_engine_answers_word_for_word_as_the_network_that_was_trained(string prompt, string word)
    {
        using var model = new TestModel(BuiltInModel.Open(), exactActivations: true);
        using var file = BuiltInModel.Open();
        var (weights, vocabulary) = BuiltInFile.Read(file, NetworkShape.BuiltIn);
        using var speaker = new Speaker(weights, vocabulary);

        var expected = speaker.Answer(prompt);

        Assert.Contains(word, expected.Text, StringComparison.Ordinal);
        Assert.Equal(expected, Answer(model, vocabulary, prompt));
    }

    private static (string Text, bool Ended) Answer(TestModel model, Vocabulary vocabulary, string prompt)
    {
        var ids = model.Greedy(Corpus.Prompt(vocabulary, prompt), AnswerTokensMax, Vocabulary.End);
        var ended = ids[^1] == Vocabulary.End;
        return (vocabulary.Decode([.. ended ? ids[..^1] : ids]), ended);
    }
}
