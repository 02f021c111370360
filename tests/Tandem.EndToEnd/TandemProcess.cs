using System.Diagnostics;
using System.Text;

namespace Tandem.EndToEnd;

/// <summary>The program, started as a process of its own with all three streams redirected.</summary>
internal sealed class TandemProcess : IDisposable
{
    // Far beyond what any test takes on a busy machine: it only keeps one that hangs from hanging the run.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _error;

    private TandemProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program's file.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Tandem.Cli.dll");

    public int Id => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>What tells it of a cache directory without a profile: what has been measured on this machine changes no test.</summary>
    public static (string Name, string Value) NoCache { get; } =
        ("XDG_CACHE_HOME", Path.Combine(AppContext.BaseDirectory, "no cache"));

    /// <summary>Starts it; the input stays open until it is closed.</summary>
    public static TandemProcess Start(
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program, .. arguments])
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment[NoCache.Name] = NoCache.Value;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        return new TandemProcess(Process.Start(start)!);
    }

    /// <summary>Runs it to its end, with these bytes as its whole input.</summary>
    public static async Task<Ended> RunAsync(IEnumerable<string> arguments, byte[]? input = null)
    {
        using var process = Start(arguments);
        try
        {
            await process.Input.BaseStream.WriteAsync(input ?? [], TestContext.Current.CancellationToken);
            process.Input.Close();
        }
        catch (IOException)
        {
            // It ended before it read all; how it ended is what the test looks at.
        }
        return await process.EndAsync();
    }

    /// <summary>Waits for its end, with nobody there who reads its output.</summary>
    public async Task EndUnreadAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_patience);
        Output.Close();
        await _process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Ended> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_patience);
        var output = await Output.ReadToEndAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        return Ended.Of(_process.ExitCode, output, await _error);
    }

    /// <summary>Kills it (SIGKILL, where there are signals), and waits until it is gone; false where it had ended by itself.</summary>
    public async Task<bool> KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode != 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
