using Tandem.Loading;
using Tandem.Trainer;
using Tandem.Trainer.Text;

namespace Tandem.Tests.Trainer;

public sealed class BuiltInFileTest
{
    private static readonly NetworkShape Tiny = new(
        Vocabulary: 270,
        Width: 64,
        Layers: 2,
        Heads: 2,
        FeedForward: 96,
        Context: 64
    );

    [Fact]
    public void Equal_weights_give_equal_files_and_come_back_as_Q8_0_rounds_them()
    {
        using var weights = Weights.Random(new ParameterLayout(Tiny), seed: 1);
        var vocabulary = BpeTrainer.Train(["the fox and the owl and the fox"], Tiny.Vocabulary, countMin: 1);
        var folder = Directory.CreateTempSubdirectory("tandem");
        try
        {
            var path = Path.Combine(folder.FullName, "model.gguf");
            File.WriteAllBytes(path, Written(weights, vocabulary));
            using var file = WeightFile.Open(path);

            var (read, merges) = BuiltInFile.Read(file, Tiny);

            Assert.Equal(Written(weights, vocabulary), File.ReadAllBytes(path));
            Assert.Equal(vocabulary.Tokens, merges.Tokens);
            for (var i = 0; i < weights.Values.Length; i++)
            {
                Assert.Equal(weights.Values.Span()[i], read.Values.Span()[i], 0.01);
            }
            Assert.Equal(Written(read, merges), File.ReadAllBytes(path));
            read.Dispose();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static byte[] Written(Weights weights, Vocabulary vocabulary)
    {
        using var stream = new MemoryStream();
        BuiltInFile.Write(stream, weights, vocabulary);
        return stream.ToArray();
    }
}
