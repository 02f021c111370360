using System.Diagnostics;
using System.Globalization;
using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Bench.Scheduling;

/// <summary>
/// What the scheduler itself costs a step, with no model behind it, against the bound that it must keep: 50 µs at 64 sequences.
/// </summary>
internal static class Program
{
    private const double BoundMicroseconds = 50;
    private const int Sequences = 64;
    private const int Steps = 2_000;

    public static int Main()
    {
        Console.WriteLine($"a step at {Sequences} sequences, median and 99th percentile in µs, bytes allocated");
        var worst = 0.0;
        foreach (var length in (int[])[128, 1_024, 4_096])
        {
            worst = Math.Max(worst, Generating(length));
        }
        worst = Math.Max(worst, Serving());
        var ratio = (worst / BoundMicroseconds).ToString("F2", CultureInfo.InvariantCulture);
        Console.WriteLine($"slowest median against the bound of {BoundMicroseconds} µs: {ratio}");
        return worst < BoundMicroseconds ? 0 : 1;
    }

    // All sequences generate: what most steps are.
    private static double Generating(int promptLength)
    {
        var scheduler = Make();
        for (var i = 0; i < Sequences; i++)
        {
            Add(scheduler, i, promptLength, 2 * Steps + 1_000);
        }
        var result = new StepResult(Sequences, 1);
        while (scheduler.Waiting.Count > 0)
        {
            Step(scheduler, result);
        }
        return Measure($"generating, prompts of {promptLength}", scheduler, result, () => { });
    }

    // Sequences come and go all the time: every step, one ends and one with half its prompt remembered joins.
    private static double Serving()
    {
        var scheduler = Make();
        var next = 0;
        for (; next < Sequences; next++)
        {
            Add(scheduler, next, 512, Sequences);
        }
        return Measure(
            "one joins and one leaves a step, prompts of 512",
            scheduler,
            new StepResult(Sequences, 1),
            () => Add(scheduler, next++, 512, Sequences)
        );
    }

    private static Scheduler Make() =>
        new(
            new SchedulerOptions
            {
                Pages = 16_384,
                PageLength = 64,
                Context = 16_384,
                SequencesMax = Sequences,
            }
        );

    private static void Add(Scheduler scheduler, int number, int promptLength, int generated)
    {
        var prompt = new int[promptLength];
        prompt.AsSpan(promptLength / 2).Fill(number);
        scheduler.Add(new Sequence(prompt, generated, SamplingParameters.Greedy), TimeSpan.FromTicks(number));
    }

    private static void Step(Scheduler scheduler, StepResult result)
    {
        var plan = scheduler.Next()!;
        (result.Id, result.Count) = (plan.Id, plan.SampledRows);
        scheduler.Complete(result);
    }

    private static double Measure(string what, Scheduler scheduler, StepResult result, Action between)
    {
        var times = new double[Steps];
        var allocated = 0L;
        for (var step = -Steps; step < Steps; step++)
        {
            between();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            Step(scheduler, result);
            if (step >= 0)
            {
                times[step] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }
        Array.Sort(times);
        var (median, high) = (times[Steps / 2], times[Steps * 99 / 100]);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"  {what, -50} {median, 8:F1} {high, 8:F1} {allocated, 12}")
        );
        return median;
    }
}
