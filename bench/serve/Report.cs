using System.Text.Json.Nodes;

namespace Tandem.Bench.Serve;

/// <summary>Prints what clients saw.</summary>
internal static class Report
{
    /// <summary>Prints it.</summary>
    /// <param name="samples">All requests.</param>
    /// <param name="seconds">How long the load took.</param>
    /// <param name="firstTokenMax">Seconds to the first token that count as good.</param>
    /// <param name="tokenMax">Seconds a token that count as good.</param>
    public static void Print(Sample[] samples, double seconds, double firstTokenMax, double tokenMax)
    {
        var done = samples.Where(sample => sample.Error is null).ToArray();
        var good = done.Count(sample => sample.FirstToken <= firstTokenMax && sample.Token <= tokenMax);
        Console.WriteLine(
            FormattableString.Invariant(
                $"{done.Length} of {samples.Length} requests in {seconds:0.0} s, {done.Sum(sample => sample.Tokens) / seconds:0.0} tokens/s"
            )
        );
        Print("TTFT ms", done.Select(sample => 1000 * sample.FirstToken));
        Print("TPOT ms", done.Select(sample => 1000 * sample.Token));
        Print("E2E ms", done.Select(sample => 1000 * sample.Total));
        Print("gap ms", done.SelectMany(sample => sample.Gaps).Select(gap => 1000 * gap));
        Print("worst gap ms", done.Select(sample => 1000 * sample.Gaps.DefaultIfEmpty().Max()));
        Console.WriteLine(
            FormattableString.Invariant(
                $"goodput  {good / seconds:0.00} requests/s, {100.0 * good / samples.Length:0.0} % of all, within TTFT {firstTokenMax} s and TPOT {tokenMax} s"
            )
        );
        foreach (var errors in samples.Where(sample => sample.Error is not null).GroupBy(sample => sample.Error))
        {
            Console.WriteLine($"{errors.Count()} times: {errors.Key}");
        }
    }

    /// <summary>Prints it as one JSON object, named as <c>tandem simulate --json</c> names it.</summary>
    public static void PrintJson(Sample[] samples, double seconds, double firstTokenMax, double tokenMax)
    {
        var done = samples.Where(sample => sample.Error is null).ToArray();
        static JsonObject Percentiles(IEnumerable<double> values)
        {
            var sorted = values.Order().ToArray();
            return new JsonObject
            {
                ["p50"] = At(sorted, 0.5),
                ["p90"] = At(sorted, 0.9),
                ["p95"] = At(sorted, 0.95),
                ["p99"] = At(sorted, 0.99),
            };
        }
        var good = done.Count(sample => sample.FirstToken <= firstTokenMax && sample.Token <= tokenMax);
        Console.WriteLine(
            new JsonObject
            {
                ["requests"] = samples.Length,
                ["failed"] = samples.Length - done.Length,
                ["seconds"] = seconds,
                ["tokensPerSecond"] = done.Sum(sample => sample.Tokens) / seconds,
                ["ttftMs"] = Percentiles(done.Select(sample => 1000 * sample.FirstToken)),
                ["tpotMs"] = Percentiles(done.Where(sample => sample.Tokens > 1).Select(sample => 1000 * sample.Token)),
                ["goodput"] = (double)good / samples.Length,
            }.ToJsonString()
        );
    }

    /// <summary>Prints how long collections of garbage have stopped the server, each of them.</summary>
    public static void PrintPauses(IReadOnlyList<double> seconds)
    {
        if (seconds.Count > 0)
        {
            Console.WriteLine($"{seconds.Count} collections");
        }
        Print("pause ms", seconds.Select(pause => 1000 * pause));
    }

    /// <summary>Prints what a long prompt did to those who were generating.</summary>
    public static void PrintLongPrompt(Sample[] others, Sample longPrompt)
    {
        var gaps = others.SelectMany(sample => sample.Gaps).Order().ToArray();
        Print("TTFT ms", [1000 * longPrompt.FirstToken]);
        Print("others' gap ms", gaps.Select(gap => 1000 * gap));
        if (gaps.Length > 0)
        {
            Console.WriteLine(
                FormattableString.Invariant(
                    $"their worst gap is {gaps[^1] / gaps[gaps.Length / 2]:0.00} times the median"
                )
            );
        }
        foreach (var failed in others.Append(longPrompt).Where(sample => sample.Error is not null))
        {
            Console.WriteLine(failed.Error);
        }
    }

    private static void Print(string what, IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            return;
        }
        Console.WriteLine(
            FormattableString.Invariant(
                $"{what, -13} p50 {At(sorted, 0.5):0.0}  p90 {At(sorted, 0.9):0.0}  p95 {At(sorted, 0.95):0.0}  p99 {At(sorted, 0.99):0.0}  worst {sorted[^1]:0.0}"
            )
        );
    }

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
