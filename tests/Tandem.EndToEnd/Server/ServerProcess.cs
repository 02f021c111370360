using System.Text.RegularExpressions;

namespace Tandem.EndToEnd.Server;

/// <summary><c>tandem serve</c> as a process of its own, on a free port of the loopback address.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly TandemProcess _process;

    private ServerProcess(TandemProcess process, string line, Uri address)
    {
        (_process, Line, Address) = (process, line, address);
        Client = NewClient();
    }

    /// <summary>The line that it says once it is loaded.</summary>
    public string Line { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; }

    public int Id => _process.Id;

    /// <summary>Starts it, and waits until it is loaded.</summary>
    public static async Task<ServerProcess> StartAsync(
        IEnumerable<string>? arguments = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null
    )
    {
        // Where no test gives it a place for a profile, it measures nothing: that would disturb the others.
        string[] measuresNothing =
            environment?.ContainsKey(TandemProcess.NoCache.Name) == true ? [] : ["--profile", "none"];
        string[] command = ["serve", "--port", "0", .. measuresNothing, .. arguments ?? []];
        var process = TandemProcess.Start(command, environment, folder);
        var line = await process.Output.ReadLineAsync(TestContext.Current.CancellationToken);
        if (line is null || Url().Match(line) is not { Success: true } match)
        {
            var ended = await process.EndAsync();
            throw new InvalidOperationException($"found '{line}', expected an address: {ended}");
        }
        return new ServerProcess(process, line, new Uri(match.Value));
    }

    /// <summary>A client with connections of its own.</summary>
    public HttpClient NewClient() => new() { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Sends it a signal.</summary>
    public void Signal(string name) => Shell.Signal(Id, name);

    /// <summary>Waits for its end.</summary>
    internal Task<Ended> EndAsync() => _process.EndAsync();

    /// <summary>Ends it as a supervisor does; how it ended.</summary>
    internal Task<Ended> TerminateAsync()
    {
        Signal("TERM");
        return EndAsync();
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex(@"https?://\S+:\d+")]
    private static partial Regex Url();
}
