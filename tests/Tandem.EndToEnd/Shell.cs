using System.Diagnostics;

namespace Tandem.EndToEnd;

/// <summary>Commands for bash.</summary>
internal static class Shell
{
    /// <summary>Sends a signal, such as INT, to a process, if it is still there.</summary>
    public static void Signal(int process, string name) => Run($"kill -{name} {process}");

    /// <summary>Runs a command line to its end.</summary>
    public static Ended Run(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[TandemProcess.NoCache.Name] = TandemProcess.NoCache.Value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return Ended.Of(process.ExitCode, output, error.Result);
    }
}
