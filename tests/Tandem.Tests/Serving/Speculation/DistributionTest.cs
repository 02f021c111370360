using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;

namespace Tandem.Tests.Serving.Speculation;

/// <summary>Sampling with guesses draws from the model's own distribution, whatever is guessed.</summary>
public sealed class DistributionTest(ITestOutputHelper output) : IDisposable
{
    private const int Draws = 4_000;
    private const int Slots = 32;

    // The first is drawn without guesses, the second with them; a third follows, as the last token is never guessed.
    private const int Tokens = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pearson_finds_no_difference_between_draws_with_guesses_and_the_models_probabilities()
    {
        var path = TinyModel.Write(_folder.Path, "llama", "F32", TestRun.Seed);
        int[] prompt = [1, 2, 3, 4, 5];
        var probabilities = Probabilities(path, prompt);
        var counts = Draw(path, prompt, probabilities);
        var (statistic, freedom) = ChiSquare(counts, probabilities);
        // A standard normal number, nearly (Wilson and Hilferty, 1931): above 4 by chance once in 30,000 seeds.
        var share = 2.0 / (9 * freedom);
        var z = (Math.Cbrt(statistic / freedom) - (1 - share)) / Math.Sqrt(share);
        output.WriteLine($"chi-square {statistic:f1} at {freedom} degrees of freedom, z {z:f2}");
        Assert.True(z < 4, $"chi-square {statistic:f1} at {freedom} degrees of freedom, seed {TestRun.Seed}");
    }

    // How often each pair of first and second tokens is drawn.
    private static Dictionary<(int, int), int> Draw(
        string path,
        int[] prompt,
        Dictionary<(int, int), double> probabilities
    )
    {
        var options = new SchedulerOptions
        {
            Pages = 2 * Slots,
            PageLength = 64,
            Context = 128,
            SequencesMax = Slots,
            StepTokensMax = 8 * Slots,
            ProposalsMax = 4 * Slots,
        };
        using var replica = new TestReplica(path, options);
        var random = new Random(TestRun.Seed);
        // The likeliest token mostly, so that a bias towards what is guessed would show.
        var tokens = Enumerable.Range(0, TinyModel.Vocabulary).ToArray();
        int[] likeliest = [.. tokens.Select(token => tokens.MaxBy(next => probabilities[(token, next)]))];
        replica.Guesses = sequence =>
            [random.Next(4) == 0 ? random.Next(tokens.Length) : likeliest[sequence.Tokens[^1]]];
        var sequences = new List<Sequence>();
        for (var draw = 0; draw < Draws; draw++)
        {
            sequences.Add(replica.Add(prompt, Tokens, Sampling((ulong)draw)));
        }
        replica.Finish();
        Assert.True(replica.Replica.Scheduler.AcceptedTokens > 100, "some guesses were right");
        var counts = new Dictionary<(int, int), int>();
        foreach (var sequence in sequences)
        {
            var pair = (sequence.Tokens[prompt.Length], sequence.Tokens[prompt.Length + 1]);
            counts[pair] = counts.GetValueOrDefault(pair) + 1;
        }
        return counts;
    }

    private static SamplingParameters Sampling(ulong seed) =>
        new()
        {
            Temperature = 0.7f,
            TopK = 0,
            TopP = 1,
            MinP = 0,
            Seed = seed,
        };

    // Of each pair of tokens behind the prompt.
    private static Dictionary<(int, int), double> Probabilities(string path, int[] prompt)
    {
        using var model = new TestModel(path);
        var probabilities = new Dictionary<(int, int), double>();
        var first = Softmax(model.Logits(prompt, 64)[^TinyModel.Vocabulary..]);
        for (var token = 0; token < TinyModel.Vocabulary; token++)
        {
            var second = Softmax(model.Logits([.. prompt, token], 64)[^TinyModel.Vocabulary..]);
            for (var next = 0; next < TinyModel.Vocabulary; next++)
            {
                probabilities[(token, next)] = first[token] * second[next];
            }
        }
        return probabilities;
    }

    private static double[] Softmax(float[] logits)
    {
        var largest = logits.Max();
        double[] weights = [.. logits.Select(logit => Math.Exp((logit - largest) / 0.7))];
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }

    // Cells that are expected less than five times are taken together.
    private static (double Statistic, int Freedom) ChiSquare(
        Dictionary<(int, int), int> counts,
        Dictionary<(int, int), double> probabilities
    )
    {
        var (statistic, cells, restExpected, restFound) = (0.0, 0, 0.0, 0.0);
        foreach (var (pair, probability) in probabilities)
        {
            var (expected, found) = (Draws * probability, counts.GetValueOrDefault(pair));
            if (expected < 5)
            {
                (restExpected, restFound) = (restExpected + expected, restFound + found);
                continue;
            }
            statistic += (found - expected) * (found - expected) / expected;
            cells++;
        }
        if (restExpected > 0)
        {
            statistic += (restFound - restExpected) * (restFound - restExpected) / restExpected;
            cells++;
        }
        return (statistic, cells - 1);
    }
}
