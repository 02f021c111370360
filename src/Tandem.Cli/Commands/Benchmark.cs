using System.Runtime;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary>Measures an engine through its own front door: requests in, tokens out.</summary>
/// <param name="engine">The engine; its prefix cache is best off, else prompts are found there.</param>
/// <param name="sequences">Requests at the same time.</param>
/// <param name="replay">A prompt with what the model is made to answer behind it; null where it may answer as it likes.</param>
/// <param name="time">Measures.</param>
internal sealed class Benchmark(Engine engine, int sequences, IReadOnlyList<int>? replay, TimeProvider time)
{
    // Which ids a prompt has does not matter to its time; these are the same in every run.
    private const int Step = 7919;

    // The runtime compiles again what has become hot, a tenth of a second after nothing new has run, and on the very cores that are measured.
    private static readonly TimeSpan s_settled = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_settlingMax = TimeSpan.FromSeconds(5);

    /// <summary>A repetition that does not count, and tokens until the runtime has compiled nothing for a while.</summary>
    public async Task WarmUpAsync(int prompt, int generate, int depth, CancellationToken cancellation)
    {
        await RunAsync(prompt, generate, depth, cancellation);
        if (replay is not null)
        {
            return; // whether guesses pay is learnt from all that is generated, and not to be learnt from so short answers
        }
        var begin = time.GetTimestamp();
        var (compiled, since) = (JitInfo.GetCompiledMethodCount(), begin);
        while (time.GetElapsedTime(since) < s_settled && time.GetElapsedTime(begin) < s_settlingMax)
        {
            await MeasureAsync(1, generate, cancellation);
            var now = JitInfo.GetCompiledMethodCount();
            (compiled, since) = now == compiled ? (compiled, since) : (now, time.GetTimestamp());
        }
    }

    /// <summary>One repetition.</summary>
    public async Task<BenchRun> RunAsync(int prompt, int generate, int depth, CancellationToken cancellation)
    {
        var (read, _) = await MeasureAsync(prompt, 0, cancellation);
        var (answered, answerCost) = await MeasureAsync(prompt, generate, cancellation);
        // What is replayed belongs behind its own prompt.
        var (generated, cost) = replay is null
            ? await MeasureAsync(Math.Max(1, depth), generate, cancellation)
            : (answered, answerCost);
        return new BenchRun(
            prompt * sequences / read.LastFirstSeconds,
            generated.Tokens / generated.Seconds,
            1000 * read.MeanFirstSeconds,
            1000 * answered.Seconds * sequences / answered.Tokens,
            1000 * cost.ComputeSeconds,
            1000 * cost.WaitSeconds,
            // From figures of the same moments: what the window counts begins and ends elsewhere.
            1 + (double)cost.GuessesRight / (cost.Steps * sequences),
            cost.GuessesChecked,
            cost.GuessesRight,
            cost.Workers
        );
    }

    private async Task<(BenchWindow Window, StepCost Cost)> MeasureAsync(
        int prompt,
        int generate,
        CancellationToken cancellation
    )
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var window = new BenchWindow(sequences, generate);
        var start = time.GetTimestamp();
        var (before, after) = (engine.Statistics, engine.Statistics);
        await Task.WhenAll(Enumerable.Range(0, sequences).Select(AnswerAsync));
        if (!window.IsClosed)
        {
            throw new InputException(
                $"{sequences} sequences did not all generate {generate} tokens at the same time within a context of {engine.Context}; ask for fewer, or for a larger --context"
            );
        }
        await SettleAsync(cancellation);
        return (window, StepCost.Between(before, after, window.Seconds));

        async Task AnswerAsync(int sequence)
        {
            var made = time.GetElapsedTime(start).TotalSeconds;
            try
            {
                await foreach (var token in engine.GenerateAsync(Request(prompt, generate, sequence), enough.Token))
                {
                    switch (window.Take(sequence, made + token.Seconds))
                    {
                        case BenchMoment.Opened:
                            before = engine.Statistics;
                            break;
                        case BenchMoment.Closed:
                            after = engine.Statistics;
                            await enough.CancelAsync();
                            break;
                    }
                }
            }
            catch (OperationCanceledException) when (window.IsClosed)
            {
                // That is how a sequence that was ahead of the others ends.
            }
        }
    }

    // A sequence that was cut off ends with the step that it is in; whoever began before would wait for that one as well.
    private async Task SettleAsync(CancellationToken cancellation)
    {
        while (engine.Statistics is { Running: > 0 } or { Waiting: > 0 } or { CacheUsage: > 0 })
        {
            if (engine.Failure is { } failure)
            {
                throw failure; // with nobody left to tell, in the step that was to be waited for
            }
            await Task.Delay(TimeSpan.FromMilliseconds(1), time, cancellation);
        }
    }

    private GenerationRequest Request(int prompt, int generate, int sequence) =>
        new()
        {
            Prompt = replay is null ? MadeUp(prompt, sequence) : [.. replay.Take(prompt)],
            Sampling = SamplingParameters.Greedy with { Replay = [.. (replay ?? []).Skip(prompt)] },
            // Who starts early goes on until all have made theirs; a prompt alone needs its first token only.
            MaxTokens = generate == 0 ? 1 : int.MaxValue,
            IgnoreEos = true,
        };

    private int[] MadeUp(int length, int sequence) =>
        [.. Enumerable.Range(0, length).Select(i => (int)((long)(i + 1) * (sequence + 1) * Step % engine.Vocabulary))];

    private readonly record struct StepCost(
        double ComputeSeconds,
        double WaitSeconds,
        long Steps,
        long GuessesChecked,
        long GuessesRight,
        IReadOnlyList<WorkerShares> Workers
    )
    {
        public static StepCost Between(EngineStatistics before, EngineStatistics after, double seconds)
        {
            var (first, last) = (before.AllSteps, after.AllSteps);
            var steps = Math.Max(1, last.Steps - first.Steps);
            return new StepCost(
                (last.ComputeSeconds - first.ComputeSeconds) / steps,
                (last.WaitSeconds - first.WaitSeconds) / steps,
                steps,
                after.ProposedTokens - before.ProposedTokens,
                after.AcceptedTokens - before.AcceptedTokens,
                WorkerShares.Between(before, after, seconds)
            );
        }
    }
}
