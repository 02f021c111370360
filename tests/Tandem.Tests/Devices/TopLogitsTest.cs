using CsCheck;
using Tandem.Devices;
using Tandem.Memory;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Tests.Devices;

/// <summary>Ranks send rank 0 the logits that a choice looks at, and it chooses what it would choose from all of them.</summary>
public class TopLogitsTest
{
    private const string Seed = "0003jVdTAr91";

    private sealed record Case(float[] Logits, int[] Cuts, SamplingParameters Sampling);

    private static readonly Gen<SamplingParameters> s_sampling =
        from temperature in Gen.OneOf(Gen.Const(0f), Gen.Const(1e-40f), Gen.Float[0.05f, 3])
        from topK in Gen.OneOf(Gen.Int[1, 3], Gen.Int[1, 200])
        from topP in Gen.OneOf(Gen.Const(1f), Gen.Float[0, 1])
        from minP in Gen.OneOf(Gen.Const(0f), Gen.Float[0, 1])
        from seed in Gen.ULong
        select new SamplingParameters
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
            Seed = seed,
        };

    private static readonly Gen<Case> s_cases =
        from vocabulary in Gen.Int[1, 900]
        from scale in Gen.OneOf(0.01f, 1f, 8f)
        from steps in Gen.Int[-6, 6].Array[vocabulary]
        from noise in Gen.Float[-1, 1].Array[vocabulary]
        from ties in Gen.Bool
        // Zeros of either sign are equal.
        from zeros in Gen.Bool
        from odd in Gen.OneOf(0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity)
        from oddAt in Gen.Int[-4 * vocabulary, vocabulary - 1]
        from cuts in Gen.Int[0, vocabulary].Array[0, 4]
        from sampling in s_sampling
        let logits = steps.Select((step, i) => Logit(step, noise[i], scale, ties, zeros, i))
        select new Case([.. logits.Select((logit, i) => i == oddAt ? odd : logit)], [.. cuts.Order()], sampling);

    [Fact]
    public void The_choice_from_what_travels_is_that_from_the_whole_row() =>
        s_cases.Sample(
            test => Assert.Equal(Choice(test.Logits, test.Sampling), Choice(Travelled(test), test.Sampling)),
            iter: 5_000,
            seed: Seed
        );

    [Fact]
    public void Where_others_than_the_largest_matter_all_of_them_travel()
    {
        const int Vocabulary = 1000;
        var part = new Share(500, 500, Vocabulary);
        var topK = new SamplingParameters { TopK = 40 };
        Assert.Equal(1, TopLogits.CountOf(SamplingParameters.Greedy, part));
        Assert.Equal(40, TopLogits.CountOf(topK, part));
        SamplingParameters[] whole =
        [
            new(),
            topK with
            {
                TopK = Vocabulary,
            },
            // So many logits with their ids are more to send than all without.
            topK with
            {
                TopK = 251,
            },
            topK with
            {
                RepetitionPenalty = 1.1f,
            },
            topK with
            {
                PresencePenalty = 0.1f,
            },
            SamplingParameters.Greedy with
            {
                FrequencyPenalty = 0.1f,
            },
            SamplingParameters.Greedy with
            {
                LogitBias = [KeyValuePair.Create(1, 1f)],
            },
            SamplingParameters.Greedy with
            {
                TopLogProbabilities = 0,
            },
        ];
        Assert.All(whole, sampling => Assert.Null(TopLogits.CountOf(sampling, part)));
    }

    private static float Logit(int step, float noise, float scale, bool ties, bool zeros, int id) =>
        ties && zeros && step == 0 ? (id % 2 == 0 ? 0f : -0f)
        : ties ? step * scale / 4
        : (step + noise) * scale / 4;

    // The row as rank 0 has it: the first part is its own.
    private static float[] Travelled(Case test)
    {
        using var arena = new Arena("test", long.MaxValue);
        int[] bounds = [0, .. test.Cuts, test.Logits.Length];
        float[] row = [.. test.Logits];
        var (sender, receiver) = (new TopLogits(arena, row.Length), new TopLogits(arena, row.Length));
        for (var rank = 1; rank + 1 < bounds.Length; rank++)
        {
            var part = new Share(bounds[rank], bounds[rank + 1] - bounds[rank], row.Length);
            if (TopLogits.CountOf(test.Sampling, part) is { } count)
            {
                sender.Choose(test.Logits.AsSpan(part.First, part.Count), count);
                sender.Message(count).CopyTo(receiver.Message(count));
                receiver.Place(row.AsSpan(part.First, part.Count), count);
            }
        }
        return row;
    }

    private static string Choice(float[] logits, SamplingParameters sampling)
    {
        var result = new StepResult(1, 1);
        try
        {
            new Sampler(logits.Length).Sample([.. logits], sampling, new([], [], 1, 7, 7, 7), result, 0);
        }
        catch (InputException error)
        {
            return error.Message;
        }
        return $"{result.TokenIds[0]}";
    }
}
