using Tandem.Devices;
using Tandem.Loading;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>The logits that a model gives for each of some tokens; the cache holds 32-bit floats.</summary>
public static class LogitsReader
{
    private const int ChunkRows = 64;

    /// <summary>Hands the logits of each token, [vocabulary] each, to <paramref name="write"/>, in order.</summary>
    /// <param name="file">The model's file.</param>
    /// <param name="tokens">Token ids, from the beginning of a sequence on.</param>
    /// <param name="exactActivations">Whether activations stay 32-bit floats before quantised matrices.</param>
    /// <param name="threads">Cores to use; null for all.</param>
    /// <param name="write">Called once a token.</param>
    /// <exception cref="InputException">The file makes no sense, does not fit, or a token is not of its vocabulary.</exception>
    public static void Read(
        WeightFile file,
        IReadOnlyList<int> tokens,
        bool exactActivations,
        int? threads,
        Action<ReadOnlySpan<float>> write
    )
    {
        var options = new ModelOptions
        {
            Context = Math.Max(1, tokens.Count),
            Threads = threads,
            CacheType = CacheType.F32,
            ExactActivations = exactActivations,
            StepRowsMax = ChunkRows,
            SequencesMax = 1,
            SampledRowsMax = ChunkRows,
        };
        using var model = new LoadedModel(file, options, TimeProvider.System, null, CancellationToken.None);
        TokenIds.RequireKnown(tokens, model.Model.Shape.Vocabulary);
        var plan = new StepPlan(ChunkRows, 1, model.Cache.Pages) { SegmentCount = 1 };
        for (var page = 0; page < model.Cache.Pages; page++)
        {
            plan.Pages[page] = page;
        }
        for (var first = 0; first < tokens.Count; first += ChunkRows)
        {
            plan.Rows = Math.Min(ChunkRows, tokens.Count - first);
            for (var row = 0; row < plan.Rows; row++)
            {
                plan.TokenIds[row] = tokens[first + row];
            }
            plan.Segments[0] = new StepSegment
            {
                Rows = plan.Rows,
                FirstPosition = first,
                PageCount = model.Cache.Pages,
                SampledRows = plan.Rows,
                Sampling = SamplingParameters.Greedy,
            };
            model.Forward(plan);
            for (var row = 0; row < plan.Rows; row++)
            {
                write(model.Step.Logits.Read(row));
            }
        }
    }
}
