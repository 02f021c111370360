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
    /// <param name="options">The model, how it is split, and how activations meet weights. Of several copies, the first one computes.</param>
    /// <param name="tokens">Token ids, from the beginning of a sequence on.</param>
    /// <param name="write">Called once a token.</param>
    /// <exception cref="InputException">
    /// The file makes no sense, does not fit, cannot be split so, or a token is not of its vocabulary.
    /// </exception>
    public static Plan Read(
        WeightFile file,
        EngineOptions options,
        IReadOnlyList<int> tokens,
        Action<ReadOnlySpan<float>> write
    )
    {
        TokenIds.RequireKnown(tokens, Models.Architectures.Architecture.Read(file.Header).Vocabulary);
        options = Planner.Settled(options, Planner.Decide(file.Header, options, options.Processes is not null));
        var output = new StepOutput { IsLogits = true, SampledRowsMax = ChunkRows };
        using var model = EngineLoader.LoadModel(
            file,
            options.Model,
            OptionsOf(options, tokens.Count),
            output,
            options.Time,
            null,
            CancellationToken.None
        );
        var runners = model.NewRunners(output, options.Time);
        try
        {
            Run(runners[0], model.Plan, tokens, write);
        }
        finally
        {
            foreach (var runner in runners)
            {
                runner.Dispose();
            }
        }
        return model.Plan;
    }

    private static void Run(
        IModelRunner runner,
        Plan plan,
        IReadOnlyList<int> tokens,
        Action<ReadOnlySpan<float>> write
    )
    {
        var plans = new StepPlan[runner.Depth];
        var (submitted, received) = (0, 0);
        for (var first = 0; first < tokens.Count; first += ChunkRows)
        {
            if (submitted - received == runner.Depth)
            {
                Write(runner.Receive(), write);
                received++;
            }
            plans[submitted % runner.Depth] = Chunk(tokens, first, plan.CachePages, submitted);
            runner.Submit(plans[submitted++ % runner.Depth]);
        }
        for (; received < submitted; received++)
        {
            Write(runner.Receive(), write);
        }
    }

    private static void Write(StepResult result, Action<ReadOnlySpan<float>> write)
    {
        for (var row = 0; row < result.Count; row++)
        {
            write(result.Logits.AsSpan(row * result.LogitsLength, result.LogitsLength));
        }
    }

    private static ModelOptions OptionsOf(EngineOptions options, int tokens) =>
        new()
        {
            Context = Math.Max(1, tokens),
            Threads = options.Threads,
            Plan = options.Plan,
            Processes = options.Processes,
            CacheType = CacheType.F32,
            ExactActivations = options.Float32Activations,
            Kernels = options.Kernels,
            StepRowsMax = ChunkRows,
            SequencesMax = 1,
            SampledRowsMax = ChunkRows,
        };

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
}
