using System.Globalization;

namespace Tandem.Bench.Planning;

/// <summary>How much longer a server's steps of one kind take than the profile that it was started with says, from moment to moment.</summary>
/// <param name="kind">The label of those steps, as /metrics has it.</param>
internal sealed class ServerPace(string kind)
{
    // What fewer steps took says little.
    private const double PredictedSecondsMin = 0.15;

    private readonly List<(double AtSeconds, double Slowdown)> _windows = [];
    private (double Measured, double Predicted) _last;
    private double _windowBegan;

    /// <summary>From when on, on the load's clock, steps took so many times what is expected of them.</summary>
    public IReadOnlyList<(double AtSeconds, double Slowdown)> Windows => _windows;

    /// <summary>All of it, as text.</summary>
    public string Text =>
        $"{_windows.Min(window => window.Slowdown):f2} to {_windows.Max(window => window.Slowdown):f2} times ({kind})";

    /// <summary>The slowdown at some moment of the load.</summary>
    public double At(double seconds) => _windows.Last(window => window.AtSeconds <= seconds).Slowdown;

    /// <summary>Begins to watch.</summary>
    public void Begin(string metrics) => _last = Steps(metrics);

    /// <summary>Whether there was any step of the kind since it began.</summary>
    public bool HasBegun(string metrics) => Steps(metrics) != _last;

    /// <summary>Takes note of what steps took since the last time, where that was long enough.</summary>
    /// <param name="metrics">What the server says.</param>
    /// <param name="atSeconds">When, on the load's clock.</param>
    public void Look(string metrics, double atSeconds)
    {
        var now = Steps(metrics);
        var predicted = now.Predicted - _last.Predicted;
        if (predicted >= PredictedSecondsMin)
        {
            _windows.Add((_windowBegan, (now.Measured - _last.Measured) / predicted));
            (_last, _windowBegan) = (now, atSeconds);
        }
    }

    // Seconds that all steps so far took, and that the profile says.
    private (double Measured, double Predicted) Steps(string metrics)
    {
        var lines = metrics.Split('\n').Where(line => line.Contains($"kind=\"{kind}\"", StringComparison.Ordinal));
        double Value(string name) =>
            lines
                .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
                .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        return (
            Value("tandem_step_compute_seconds_total") + Value("tandem_step_waiting_seconds_total"),
            Value("tandem_predicted_step_seconds_total")
        );
    }
}
