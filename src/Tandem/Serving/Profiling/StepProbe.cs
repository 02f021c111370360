using Tandem.Plans;

namespace Tandem.Serving.Profiling;

/// <summary>What a step takes beside computing: scheduling, sampling, waking who reads. The engine does it, with the model inside.</summary>
internal static class StepProbe
{
    private const int Tokens = 96;
    private const int Rounds = 4;

    /// <summary>Microseconds of a step of one sequence beside its computing.</summary>
    public static double Microseconds(TimeProvider time, CancellationToken cancellation)
    {
        var options = new EngineOptions
        {
            Plan = new PlanRequest(),
            Context = 2 * Tokens,
            PrefixCache = false,
            CacheMemoryBytes = 64 << 20,
            SequencesMax = 1,
            Time = time,
        };
        return Task.Run(() => MeasureAsync(options, cancellation), cancellation).GetAwaiter().GetResult();
    }

    private static async Task<double> MeasureAsync(EngineOptions options, CancellationToken cancellation)
    {
        await using var engine = await Engine.LoadAsync(options, null, cancellation).ConfigureAwait(false);
        var request = new GenerationRequest
        {
            Prompt = [1],
            MaxTokens = Tokens,
            IgnoreEos = true,
            Sampling = SamplingParameters.Greedy,
        };
        var seconds = new List<double>();
        // The first rounds compile.
        for (var round = -Rounds; round < Rounds; round++)
        {
            var (before, start) = (engine.Statistics.AllSteps, options.Time.GetTimestamp());
            await foreach (var _ in engine.GenerateAsync(request, cancellation).ConfigureAwait(false))
            {
                // Who reads keeps up with the engine, or is woken by it.
            }
            var (after, elapsed) = (engine.Statistics.AllSteps, options.Time.GetElapsedTime(start).TotalSeconds);
            if (round >= 0)
            {
                var computed = after.ComputeSeconds + after.WaitSeconds - before.ComputeSeconds - before.WaitSeconds;
                seconds.Add((elapsed - computed) / Math.Max(1, after.Steps - before.Steps));
            }
        }
        seconds.Sort();
        return Math.Max(0, seconds[seconds.Count / 2] * 1e6);
    }
}
