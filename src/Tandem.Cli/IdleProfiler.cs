using System.ComponentModel;
using System.Diagnostics;
using Tandem.Cli.Commands;
using Tandem.Server;

namespace Tandem.Cli;

/// <summary>
/// Measures this machine while a server has nothing to do, in a process of its own, which leaves the cores to others. A request ends that
/// process at once; when there is nothing to do again, the next one goes on from what was measured.
/// </summary>
/// <param name="streams">Where its one line goes.</param>
/// <param name="server">The server.</param>
/// <param name="time">The clock.</param>
internal sealed class IdleProfiler(Streams streams, TandemServer server, TimeProvider time)
{
    // So long nobody asks who has more than one question.
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Measures, however often it takes, and says how it ended; nothing happens where there is no place to keep a profile.
    /// </summary>
    /// <param name="cancellation">Ends it, in order.</param>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (ProfileStore.Path is not { } path || !ProfileStore.CanKeep())
        {
            return;
        }
        try
        {
            int? exitCode = null;
            while (exitCode is null)
            {
                await server.IdleAsync(s_quiet, time, cancellation);
                exitCode = await MeasureAsync(path + ".part", cancellation);
            }
            streams.Note(
                exitCode == ExitCode.Success
                    ? $"this machine was measured while nothing was asked; the next start plans by {path}"
                    : $"this machine could not be measured while nothing was asked: tandem profile ended with {exitCode}"
            );
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server ends, and with it what was being measured.
        }
        catch (Win32Exception error)
        {
            streams.Note($"this machine could not be measured while nothing was asked: {error.Message}");
        }
    }

    // Null where a request came first.
    private async Task<int?> MeasureAsync(string part, CancellationToken cancellation)
    {
        string[] command = [.. WorkerProcesses.Self(), "profile", ProfileCommand.ResumeName, part];
        string[] prefix = OperatingSystem.IsWindows() ? [] : ["nice", "-n", "10"];
        string[] all = [.. prefix, .. command];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, server.Asked);
        if (asked.IsCancellationRequested)
        {
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
        using var process = Process.Start(start)!;
        using var killing = asked.Token.UnsafeRegister(_ => process.Kill(entireProcessTree: true), null);
        // What it says is of no use here, and must not fill its pipes.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        return asked.IsCancellationRequested ? null : process.ExitCode;
    }
}
