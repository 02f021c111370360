using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Tandem.Cluster;

/// <summary>
/// Starts a program as several processes under Open MPI's <c>mpirun</c> and watches them: each is a <see cref="Member"/> and has this
/// process's standard streams. The first one that dies or fails ends all, and none outlives this process.
/// </summary>
public sealed partial class Launcher : IAsyncDisposable
{
    /// <summary>The environment variable in which Open MPI tells a process its number.</summary>
    public const string NumberVariable = "OMPI_COMM_WORLD_RANK";

    private const string Starter = "mpirun";
    private const string Shell = "/bin/sh";

    // What a shell says of a command that is not to be found (sh(1p)).
    private const int NotFound = 127;

    // Open MPI ends within a tenth of this, and removes its files.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly LaunchOptions _options;
    private readonly LaunchFolders _folders = new();
    private readonly Socket _listener;
    private readonly Process _starter;
    private readonly Task<string> _chatter;
    private readonly List<Socket> _members = [];
    private readonly ConcurrentDictionary<int, Hello> _hellos = [];

    private Launcher(LaunchOptions options)
    {
        _options = options;
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            var address = Path.Combine(_folders.Files, "launcher");
            _listener.Bind(new UnixDomainSocketEndPoint(address));
            _listener.Listen(options.Layout.Processes);
            _starter = Start(options, address, _folders);
        }
        catch
        {
            _listener.Dispose();
            _folders.Dispose();
            throw;
        }
        _starter.StandardInput.Close();
        var output = _starter.StandardOutput.ReadToEndAsync();
        var error = _starter.StandardError.ReadToEndAsync();
        _chatter = Task.Run(async () => await error.ConfigureAwait(false) + await output.ConfigureAwait(false));
    }

    /// <summary>Runs the processes to their end; gives the exit code of number 0.</summary>
    /// <exception cref="InputException">They could not be started, or one of them found a mistake in the input.</exception>
    /// <exception cref="WorkerFailedException">One has died or failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; all have ended.</exception>
    public static async Task<int> RunAsync(LaunchOptions options, CancellationToken cancellation)
    {
        if (!MpiSession.IsAvailable())
        {
            throw new InputException(
                $"workers as processes need Open MPI, and {Mpi.Library} is not to be found; {MpiSession.Advice}"
            );
        }
        var launcher = new Launcher(options);
        using var relay = options.EndsInOrder ? new TerminationRelay(() => launcher.ProcessIdOf(0)) : null;
        try
        {
            return await launcher.WatchAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await launcher.DisposeAsync().ConfigureAwait(false);
            // A terminal's Ctrl-C reaches everybody: then a process that died is no failure.
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Ends what still runs, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _members.ForEach(member => member.Dispose());
        using var limit = new CancellationTokenSource(s_patience, _options.Time);
        try
        {
            await _starter.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _starter.Kill(entireProcessTree: true);
            await _starter.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        _starter.Dispose();
        _folders.Dispose();
    }

    private static Process Start(LaunchOptions options, string address, LaunchFolders folders)
    {
        // Shared memory is all that the processes of one machine need, without system calls that containers forbid and that complain
        // where a process has died. Cores are chosen by the plan, faults are the runtime's to
        // handle, and processes that are told to end do so at once.
        string[] command =
        [
            Starter,
            "-n",
            options.Layout.Processes.ToString(CultureInfo.InvariantCulture),
            "--oversubscribe",
            "--bind-to",
            "none",
            "--mca",
            "pml",
            "ob1",
            "--mca",
            "btl",
            "self,vader",
            "--mca",
            "btl_vader_single_copy_mechanism",
            "none",
            "--mca",
            "btl_vader_backing_directory",
            folders.Memory,
            "--mca",
            "opal_signal",
            "",
            "--mca",
            "odls_base_sigkill_timeout",
            "0",
            .. options.Command,
        ];
        var start = new ProcessStartInfo(Shell, folders.ShellArguments(command))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in options.Environment)
        {
            start.Environment[name] = value;
        }
        start.Environment[options.AddressVariable] = address;
        start.Environment["TMPDIR"] = folders.Files;
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        return Process.Start(start)!;
    }

    private int? ProcessIdOf(int number) => _hellos.TryGetValue(number, out var hello) ? hello.ProcessId : null;

    private async Task<int> WatchAsync(CancellationToken cancellation)
    {
        var members = await AcceptAllAsync(cancellation).ConfigureAwait(false);
        await foreach (var member in Task.WhenEach(members).WithCancellation(cancellation).ConfigureAwait(false))
        {
            var (hello, end) = await member.ConfigureAwait(false);
            if (end is null)
            {
                hello = await FirstDeadAsync(hello).ConfigureAwait(false);
            }
            var exitCode = ExitCodeOf(hello, end);
            if (hello.Number == 0)
            {
                return exitCode;
            }
        }
        throw new UnreachableException("one of them is number 0");
    }

    // Open MPI kills the others when one has died, so that on a busy machine theirs may be the first death that is noticed here: it
    // alone knows, and says so at its end.
    private async Task<Hello> FirstDeadAsync(Hello noticed)
    {
        using var limit = new CancellationTokenSource(s_patience, _options.Time);
        try
        {
            var chatter = await _chatter.WaitAsync(limit.Token).ConfigureAwait(false);
            var named = DeadProcess().Match(chatter).Groups["number"];
            return
                named.Success
                && int.TryParse(named.ValueSpan, CultureInfo.InvariantCulture, out var number)
                && _hellos.TryGetValue(number, out var hello)
                ? hello
                : noticed;
        }
        catch (OperationCanceledException)
        {
            return noticed;
        }
    }

    [GeneratedRegex("noticed that process rank (?<number>[0-9]+) ")]
    private static partial Regex DeadProcess();

    // Tasks that give how each ends.
    private async Task<IReadOnlyList<Task<(Hello Hello, MemberEnd? End)>>> AcceptAllAsync(
        CancellationToken cancellation
    )
    {
        using var accepting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var gone = _starter.WaitForExitAsync(accepting.Token);
        var members = new List<Task<(Hello Hello, MemberEnd? End)>>();
        while (members.Count < _options.Layout.Processes)
        {
            var accept = _listener.AcceptAsync(accepting.Token).AsTask();
            var first = await Task.WhenAny(accept, gone).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (first == gone)
            {
                await accepting.CancelAsync().ConfigureAwait(false);
                throw new InputException(
                    _starter.ExitCode == NotFound
                        ? $"workers as processes need Open MPI, and {Starter} is not to be found; {MpiSession.Advice}"
                        : $"{Starter} could not start {_options.Layout.Processes} processes: {FirstLine(await _chatter.ConfigureAwait(false))}"
                );
            }
            var socket = await accept.ConfigureAwait(false);
            _members.Add(socket);
            members.Add(ServeAsync(socket));
        }
        await accepting.CancelAsync().ConfigureAwait(false);
        // Nobody else joins.
        _listener.Dispose();
        return members;
    }

    private async Task<(Hello Hello, MemberEnd? End)> ServeAsync(Socket socket)
    {
        var bytes = new byte[Hello.Bytes];
        using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.ReadExactlyAsync(bytes).ConfigureAwait(false);
        var hello = Hello.Read(bytes);
        _hellos[hello.Number] = hello;
        DescriptorPassing.Send(socket);
        return (hello, await MemberEnd.ReceiveAsync(stream).ConfigureAwait(false));
    }

    private int ExitCodeOf(Hello hello, MemberEnd? end)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{_options.Layout.NameOf(hello.Number)} (process {hello.ProcessId})"
        );
        return end switch
        {
            null => throw new WorkerFailedException($"{name} has died, and with it the run"),
            { Message.Length: 0 } => end.ExitCode,
            { IsInputError: true } => throw new InputException(end.Message),
            _ => throw new WorkerFailedException($"{name} has failed: {end.Message}"),
        };
    }

    // What Open MPI has to say is framed by lines of dashes.
    private static string FirstLine(string chatter) =>
        chatter.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.Trim('-').Length > 0)
        ?? "it does not say why";
}
