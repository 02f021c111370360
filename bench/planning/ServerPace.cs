using System.Globalization;

namespace Tandem.Bench.Planning;

/// <summary>How much longer a server's steps take than the profile that it was started with says, from moment to moment.</summary>
internal sealed class ServerPace(string url)
{
    // A host may move the cores every few seconds, and a mean of two states is none of them.
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_beginning = TimeSpan.FromMilliseconds(100);

    // What fewer steps took says little.
    private const double PredictedSecondsMin = 0.3;

    private readonly List<(double AtSeconds, double Slowdown)> _windows = [];

    /// <summary>From when on, on the load's clock, steps took so many times what is expected of them.</summary>
    public IReadOnlyList<(double AtSeconds, double Slowdown)> Windows => _windows;

    /// <summary>All of it, as text.</summary>
    public string Text =>
        $"{_windows.Min(window => window.Slowdown):f2} to {_windows.Max(window => window.Slowdown):f2} times what the server's own profile says";

    /// <summary>Runs a load, and watches the steps meanwhile.</summary>
    public T During<T>(Func<T> run)
    {
        using var client = new HttpClient();
        using var ended = new CancellationTokenSource();
        var watch = Task.Run(() => WatchAsync(client, ended.Token));
        var result = run();
        ended.Cancel();
        watch.GetAwaiter().GetResult();
        return result;
    }

    private async Task WatchAsync(HttpClient client, CancellationToken ended)
    {
        var before = await StepsAsync(client);
        var last = before;
        // The load's clock begins with its first request, which a program sends that has to start.
        while (last == before && !ended.IsCancellationRequested)
        {
            await PauseAsync(s_beginning, ended);
            last = await StepsAsync(client);
        }
        var began = TimeProvider.System.GetTimestamp();
        var windowBegan = 0.0;
        while (!ended.IsCancellationRequested)
        {
            await PauseAsync(s_window, ended);
            var now = await StepsAsync(client);
            var predicted = now.Predicted - last.Predicted;
            if (predicted >= PredictedSecondsMin)
            {
                _windows.Add((windowBegan, (now.Measured - last.Measured) / predicted));
                last = now;
                windowBegan = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            }
        }
    }

    private static async Task PauseAsync(TimeSpan pause, CancellationToken ended) =>
        await Task.Delay(pause, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // Seconds that all steps so far took, and that the profile says.
    private async Task<(double Measured, double Predicted)> StepsAsync(HttpClient client)
    {
        var lines = (await client.GetStringAsync(new Uri(url + "/metrics"))).Split('\n');
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
