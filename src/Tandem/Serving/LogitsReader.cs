using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>The logits that a model gives for each of some tokens; the cache holds 32-bit floats.</summary>
public static class LogitsReader
{
    private const int ChunkRows = 64;

    /// <summary>
    /// Hands the logits of each token, [vocabulary] each, to <paramref name="write"/>, in order; tells who took part.
    /// </summary>
    /// <param name="file">The model's file.</param>
    /// <param name="tokens">Token ids, from the beginning of a sequence on.</param>
    /// <param name="exactActivations">Whether activations stay 32-bit floats before quantised matrices.</param>
    /// <param name="kernels">What multiplies with the weights.</param>
    /// <param name="threads">Cores to use where no plan says it; null for all.</param>
    /// <param name="plan">How the model is split; null for the default. Of several copies, the first one computes.</param>
    /// <param name="write">Called once a token, from one thread at a time.</param>
    /// <exception cref="InputException">
    /// The file makes no sense, does not fit, cannot be split so, or a token is not of its vocabulary.
    /// </exception>
    public static Plan Read(
        WeightFile file,
        IReadOnlyList<int> tokens,
        bool exactActivations,
        KernelChoice kernels,
        int? threads,
        PlanRequest? plan,
        Action<ReadOnlySpan<float>> write
    )
    {
        var options = new ModelOptions
        {
            Context = Math.Max(1, tokens.Count),
            Threads = threads,
            Plan = plan,
            CacheType = CacheType.F32,
            ExactActivations = exactActivations,
            Kernels = kernels,
            StepRowsMax = ChunkRows,
            SequencesMax = 1,
            SampledRowsMax = ChunkRows,
        };
        TokenIds.RequireKnown(tokens, Models.Architectures.Architecture.Read(file.Header).Vocabulary);
        using var model = new LoadedModel(file, options, TimeProvider.System, null, CancellationToken.None);
        using var runner = new ModelRunner(
            model.Replicas[0],
            new RowReader(write),
            () => new StepResult(0, 0),
            TimeProvider.System
        );
        var plans = new StepPlan[runner.Depth];
        var (submitted, received) = (0, 0);
        for (var first = 0; first < tokens.Count; first += ChunkRows)
        {
            if (submitted - received == runner.Depth)
            {
                _ = runner.Receive();
                received++;
            }
            plans[submitted % runner.Depth] = Chunk(tokens, first, model.Plan.CachePages, submitted);
            runner.Submit(plans[submitted++ % runner.Depth]);
        }
        for (; received < submitted; received++)
        {
            _ = runner.Receive();
        }
        return model.Plan;
    }

    private static StepPlan Chunk(IReadOnlyList<int> tokens, int first, int pages, long id)
    {
        var rows = Math.Min(ChunkRows, tokens.Count - first);
        var plan = new StepPlan(rows, 1, pages)
        {
            Id = id,
            Rows = rows,
            SegmentCount = 1,
        };
        for (var page = 0; page < pages; page++)
        {
            plan.Pages[page] = page;
        }
        for (var row = 0; row < rows; row++)
        {
            plan.TokenIds[row] = tokens[first + row];
        }
        plan.Segments[0] = new StepSegment
        {
            Rows = rows,
            FirstPosition = first,
            PageCount = pages,
            SampledRows = rows,
            Sampling = SamplingParameters.Greedy,
        };
        return plan;
    }

    private sealed class RowReader(Action<ReadOnlySpan<float>> write) : IStepReader
    {
        public void Read(StepPlan plan, Worker worker, StepResult result)
        {
            for (var row = 0; row < plan.Rows; row++)
            {
                write(worker.Step.Logits.Read(row));
            }
        }
    }
}
