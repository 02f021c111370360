using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary>Measures an engine through its own front door: requests in, tokens out.</summary>
/// <param name="engine">The engine; its prefix cache is best off, else prompts are found there.</param>
/// <param name="sequences">Requests at the same time.</param>
/// <param name="time">Measures.</param>
internal sealed class Benchmark(Engine engine, int sequences, TimeProvider time)
{
    // Which ids a prompt has does not matter to its time; these are the same in every run.
    private const int Step = 7919;

    /// <summary>One repetition.</summary>
    public async Task<BenchRun> RunAsync(int prompt, int generate, int depth, CancellationToken cancellation)
    {
        var read = await MeasureAsync(prompt, 1, cancellation);
        var generated = await MeasureAsync(Math.Max(1, depth), generate + 1, cancellation);
        var answered = await MeasureAsync(prompt, generate + 1, cancellation);
        return new BenchRun(
            prompt * sequences / read.LastFirstSeconds,
            generated.TokensPerSecond,
            1000 * read.MeanFirstSeconds,
            1000 * sequences / answered.TokensPerSecond,
            1000 * generated.ComputeSeconds / generated.Steps,
            1000 * generated.WaitSeconds / generated.Steps
        );
    }

    private async Task<Measurement> MeasureAsync(int prompt, int tokens, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var arrivals = Enumerable.Range(0, sequences).Select(_ => new List<long>(tokens)).ToArray();
        var statistics = new EngineStatistics[2];
        var firsts = 0;
        await Task.WhenAll(arrivals.Select(AnswerAsync));
        statistics[1] = engine.Statistics;
        return Measurement.Of(time, start, arrivals, statistics[0], statistics[1]);

        async Task AnswerAsync(List<long> times, int sequence)
        {
            await foreach (var _ in engine.GenerateAsync(Request(prompt, tokens, sequence), cancellation))
            {
                times.Add(time.GetTimestamp());
                // From here on every sequence generates.
                if (times.Count == 1 && Interlocked.Increment(ref firsts) == sequences)
                {
                    statistics[0] = engine.Statistics;
                }
            }
        }
    }

    private GenerationRequest Request(int prompt, int tokens, int sequence) =>
        new()
        {
            Prompt =
            [
                .. Enumerable
                    .Range(0, prompt)
                    .Select(i => (int)((long)(i + 1) * (sequence + 1) * Step % engine.Vocabulary)),
            ],
            Sampling = SamplingParameters.Greedy,
            MaxTokens = tokens,
            IgnoreEos = true,
        };

    private sealed record Measurement(
        double MeanFirstSeconds,
        double LastFirstSeconds,
        double TokensPerSecond,
        double ComputeSeconds,
        double WaitSeconds,
        double Steps
    )
    {
        // Tokens are counted from the moment when all sequences have their first to the moment when one has its last.
        public static Measurement Of(
            TimeProvider time,
            long start,
            List<long>[] arrivals,
            EngineStatistics before,
            EngineStatistics after
        )
        {
            var (from, to) = (arrivals.Max(times => times[0]), arrivals.Min(times => times[^1]));
            var count = arrivals.Sum(times => times.Count(at => at > from && at <= to));
            double Since(long at) => time.GetElapsedTime(start, at).TotalSeconds;
            return new Measurement(
                arrivals.Average(times => Since(times[0])),
                Since(from),
                count > 0 ? count / time.GetElapsedTime(from, to).TotalSeconds : 0,
                after.ComputeSeconds - before.ComputeSeconds,
                after.WaitSeconds - before.WaitSeconds,
                Math.Max(1, after.Steps - before.Steps)
            );
        }
    }
}
