using Tandem.Planning.Profiles;
using Tandem.Serving.Simulation;

namespace Tandem.Bench.Planning;

/// <summary>
/// How fast a machine was while it served, as its server's steps say: those that only generate wait for memory, those with prompts compute, and
/// a host that gives away one of both slows only one kind down.
/// </summary>
internal sealed class MachinePace(string url)
{
    // A host may move the cores every few seconds, and a mean of two states is none of them.
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_beginning = TimeSpan.FromMilliseconds(100);

    private readonly ServerPace _generating = new("generating");
    private readonly ServerPace _prompts = new("prompts");

    /// <summary>All of it, as text.</summary>
    public string Text => $"{_generating.Text} and {_prompts.Text} what the server's own profile says";

    /// <summary>Runs a load, and watches the steps meanwhile.</summary>
    /// <exception cref="InvalidOperationException">Its steps took too little time to tell.</exception>
    public T During<T>(Func<T> run)
    {
        using var client = new HttpClient();
        using var ended = new CancellationTokenSource();
        var watch = Task.Run(() => WatchAsync(client, ended.Token));
        var result = run();
        ended.Cancel();
        watch.GetAwaiter().GetResult();
        return _generating.Windows.Count > 0 && _prompts.Windows.Count > 0
            ? result
            : throw new InvalidOperationException(
                "the load's steps took too little time to tell how fast the server was"
            );
    }

    /// <summary>The machine of a profile, as fast as it was from moment to moment.</summary>
    public IReadOnlyList<MachineChange> Of(HardwareProfile profile) =>
        [
            .. _generating
                .Windows.Concat(_prompts.Windows)
                .Select(window => window.AtSeconds)
                .Distinct()
                .Order()
                .Select(at => new MachineChange(at, profile)
                {
                    GeneratingSlowdown = _generating.At(at),
                    PromptsSlowdown = _prompts.At(at),
                }),
        ];

    private async Task WatchAsync(HttpClient client, CancellationToken ended)
    {
        ServerPace[] kinds = [_generating, _prompts];
        var metrics = await MetricsAsync(client);
        Array.ForEach(kinds, kind => kind.Begin(metrics));
        // The load's clock begins with its first request, which a program sends that has to start.
        while (!kinds.Any(kind => kind.HasBegun(metrics)) && !ended.IsCancellationRequested)
        {
            await PauseAsync(s_beginning, ended);
            metrics = await MetricsAsync(client);
        }
        var began = TimeProvider.System.GetTimestamp();
        while (!ended.IsCancellationRequested)
        {
            await PauseAsync(s_window, ended);
            metrics = await MetricsAsync(client);
            var at = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            Array.ForEach(kinds, kind => kind.Look(metrics, at));
        }
    }

    private Task<string> MetricsAsync(HttpClient client) => client.GetStringAsync(new Uri(url + "/metrics"));

    private static async Task PauseAsync(TimeSpan pause, CancellationToken ended) =>
        await Task.Delay(pause, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
