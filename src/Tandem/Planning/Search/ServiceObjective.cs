using System.Globalization;

namespace Tandem.Planning.Search;

/// <summary>What a request may take (service level objective, SLO).</summary>
/// <param name="TtftSeconds">The time to its first token; null for any.</param>
/// <param name="TpotSeconds">The time of each token after it; null for any.</param>
public sealed record ServiceObjective(double? TtftSeconds, double? TpotSeconds)
{
    /// <summary>Reads <c>ttft=500ms,tpot=50ms</c>; either may be missing, and times may be in s.</summary>
    /// <exception cref="InputException">It is something else.</exception>
    public static ServiceObjective Parse(string text)
    {
        double? ttft = null;
        double? tpot = null;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var seconds = SecondsOf(text, part);
            if (part.StartsWith("ttft=", StringComparison.Ordinal) && ttft is null)
            {
                ttft = seconds;
            }
            else if (part.StartsWith("tpot=", StringComparison.Ordinal) && tpot is null)
            {
                tpot = seconds;
            }
            else
            {
                throw Wrong(text, part);
            }
        }
        return new ServiceObjective(ttft, tpot);
    }

    /// <summary>How many times as long as it may a request takes, in what it exceeds most; 1 or less where it keeps to it.</summary>
    public double Excess(double ttftSeconds, double tpotSeconds) =>
        Math.Max(TtftSeconds is { } ttft ? ttftSeconds / ttft : 0, TpotSeconds is { } tpot ? tpotSeconds / tpot : 0);

    /// <inheritdoc/>
    public override string ToString()
    {
        static string? Part(string name, double? seconds) =>
            seconds is { } value ? string.Create(CultureInfo.InvariantCulture, $"{name}={value * 1e3:0.###}ms") : null;
        return string.Join(',', new[] { Part("ttft", TtftSeconds), Part("tpot", TpotSeconds) }.OfType<string>());
    }

    private static double SecondsOf(string text, string part)
    {
        var value = part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..];
        var (number, unit) =
            value.EndsWith("ms", StringComparison.Ordinal) ? (value[..^2], 1e-3)
            : value.EndsWith('s') ? (value[..^1], 1.0)
            : throw Wrong(text, part);
        return
            double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            && amount > 0
            ? amount * unit
            : throw Wrong(text, part);
    }

    private static InputException Wrong(string text, string part) =>
        new($"objective '{text}': found '{part}', expected ttft=500ms, tpot=50ms or both, in ms or s");
}
