using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Tandem.EndToEnd;

/// <summary>The program in a terminal of its own, with somebody who types and reads.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _unread = new();

    private Terminal(Process process) => _process = process;

    /// <summary>Starts it with these arguments.</summary>
    public static Terminal Start(string arguments)
    {
        // util-linux's script opens the terminal and passes on what is typed and shown; macOS has another of the same name.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var hasScript = folders.Any(folder => File.Exists(Path.Combine(folder, "script")));
        Assert.SkipUnless(OperatingSystem.IsLinux() && hasScript, "a terminal needs script of util-linux");
        var command = $"exec dotnet exec '{TandemProcess.Program}' {arguments}";
        var start = new ProcessStartInfo(
            "script",
            ["--quiet", "--flush", "--return", "--command", command, "/dev/null"]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[TandemProcess.NoCache.Name] = TandemProcess.NoCache.Value;
        start.Environment["TERM"] = "xterm";
        start.Environment.Remove("NO_COLOR");
        return new Terminal(Process.Start(start)!);
    }

    /// <summary>Types some keys.</summary>
    public void Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    /// <summary>The program's process, which is script's only child.</summary>
    public int ProgramId() =>
        int.Parse(File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children"), CultureInfo.InvariantCulture);

    /// <summary>Reads until that text has appeared; returns what was read, and leaves what came behind it for the next.</summary>
    public async Task<string> UntilAsync(string text)
    {
        var buffer = new char[1024];
        int at;
        while ((at = _unread.ToString().IndexOf(text, StringComparison.Ordinal)) < 0)
        {
            var count = await _process.StandardOutput.ReadAsync(buffer, TestContext.Current.CancellationToken);
            Assert.True(count > 0, $"the terminal closed and never showed '{text}', but: {_unread}");
            _unread.Append(buffer, 0, count);
        }
        var read = _unread.ToString(0, at + text.Length);
        _unread.Remove(0, read.Length);
        return read;
    }

    /// <summary>The exit code of the program.</summary>
    public async Task<int> EndAsync()
    {
        await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
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
