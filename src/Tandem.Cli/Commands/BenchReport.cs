using System.Text.Json.Serialization;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem bench --json</c> prints: medians over the runs, and the runs themselves.</summary>
internal sealed record BenchReport
{
    public required string Model { get; init; }

    public required double PromptTokensPerSecond { get; init; }

    public required double GeneratedTokensPerSecond { get; init; }

    public required double TtftMs { get; init; }

    public required double TpotMs { get; init; }

    /// <summary>What the machine's profile expected of them; null where nothing is known of it, or of such a run.</summary>
    public required double? PredictedTtftMs { get; init; }

    public required double? PredictedTpotMs { get; init; }

    /// <summary>Whether there is a profile: used, stale or none.</summary>
    public required string Profile { get; init; }

    public required double ComputeMs { get; init; }

    public required double WaitMs { get; init; }

    /// <summary>Tokens of a sequence that a step brings: more than 1 where guesses are right.</summary>
    public required double TokensAStep { get; init; }

    /// <summary>The share of guesses at next tokens that were right; null where none were checked.</summary>
    public required double? Acceptance { get; init; }

    /// <summary>Who guesses at next tokens.</summary>
    public required string Speculation { get; init; }

    /// <summary>Bytes of the file's weights that generation reads a second, in 10⁹.</summary>
    public required double BandwidthGBs { get; init; }

    /// <summary>What the same cores reach when they only read.</summary>
    public required double CeilingGBs { get; init; }

    public required string Plan { get; init; }

    /// <summary>Who took part.</summary>
    public required IReadOnlyList<WorkerReport> Workers { get; init; }

    public required string Kernels { get; init; }

    public required int Prompt { get; init; }

    public required int Generate { get; init; }

    public required int Sequences { get; init; }

    public required int Depth { get; init; }

    public required IReadOnlyList<BenchRun> Runs { get; init; }

    /// <summary>The share of guesses that were right, over all runs; null where none were checked.</summary>
    public static double? AcceptanceOf(IReadOnlyList<BenchRun> runs)
    {
        var guesses = runs.Sum(run => run.GuessesChecked);
        return guesses > 0 ? (double)runs.Sum(run => run.GuessesRight) / guesses : null;
    }

    /// <summary>The middle one of some values, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

[JsonSerializable(typeof(BenchReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class BenchReportJson : JsonSerializerContext;
