namespace Tandem.EndToEnd.Server;

/// <summary>A server that measures its machine while nothing is asked.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class ServeProfileTest
{
    private const string Body = """{"prompt": "A fox", "max_tokens": 4}""";

    [Fact]
    public async Task While_nothing_is_asked_the_machine_is_measured_and_a_request_meanwhile_is_answered()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["tandem"]);
        using var part = new Awaited(folder["tandem"], "profile.json.part");
        using var whole = new Awaited(folder["tandem"], "profile.json");
        await using var server = await ServerProcess.StartAsync(
            ["--plan", "threads=1"],
            new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path }
        );
        // Something is measured already when the request comes.
        await part.There;
        using var content = new StringContent(Body, System.Text.Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync("/v1/completions", content, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        await whole.There;
        var ended = await server.TerminateAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(["profile.json"], Directory.GetFiles(folder["tandem"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_server_that_is_told_of_no_profile_measures_nothing()
    {
        using var folder = new TemporaryFolder();
        var cache = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path };
        await using var server = await ServerProcess.StartAsync(["--profile", "none"], cache);
        await server.TerminateAsync();
        // The place for a profile is made before anything is measured.
        Assert.False(Directory.Exists(folder["tandem"]));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // A file that is put in its place by renaming.
    private sealed class Awaited : IDisposable
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

        private readonly FileSystemWatcher _watcher;
        private readonly TaskCompletionSource _there = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Awaited(string folder, string name)
        {
            _watcher = new FileSystemWatcher(folder);
            _watcher.Renamed += (_, change) =>
            {
                if (change.Name == name)
                {
                    _there.TrySetResult();
                }
            };
            _watcher.EnableRaisingEvents = true;
        }

        public Task There => _there.Task.WaitAsync(s_patience, Cancellation);

        public void Dispose() => _watcher.Dispose();
    }
}
