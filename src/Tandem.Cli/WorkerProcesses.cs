using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tandem.Cli.Commands;
using Tandem.Cli.Options;
using Tandem.Cluster;
using Tandem.Devices;
using Tandem.Parallel;
using Tandem.Planning.Profiles;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Serving.Processes;

namespace Tandem.Cli;

/// <summary>
/// <c>--workers processes</c>: the program starts itself again, once for each worker. Of those processes number 0 runs the command, and
/// the others follow it; the one that started them watches.
/// </summary>
internal sealed class WorkerProcesses : IDisposable
{
    private const string AddressVariable = "TANDEM_LAUNCHER";
    private const string PlanVariable = "TANDEM_PLAN";

    private readonly Member? _member;

    private WorkerProcesses(Member? member, PlanRequest? plan) => (_member, Plan) = (member, plan);

    /// <summary>What the launcher has decided on for all processes, where one has started this one.</summary>
    public PlanRequest? Plan { get; }

    /// <summary>The other processes, once this one has joined them; null where workers are threads.</summary>
    public ProcessGroup? Group { get; private set; }

    /// <summary>Whether this process is one of several.</summary>
    public bool IsMember => _member is not null;

    /// <summary>Joins the launcher that has started this process, where one has; comes before anything is read or written.</summary>
    public static WorkerProcesses Join() =>
        Environment.GetEnvironmentVariable(AddressVariable) is { } address
        && int.TryParse(
            Environment.GetEnvironmentVariable(Launcher.NumberVariable),
            CultureInfo.InvariantCulture,
            out var number
        )
            ? new WorkerProcesses(
                Member.Join(address, number),
                Environment.GetEnvironmentVariable(PlanVariable) is { } plan ? PlanRequest.Parse(plan) : null
            )
            : new WorkerProcesses(null, null);

    /// <summary>Whether a command line asks for processes.</summary>
    public static bool AreWanted(CommandResult command) =>
        command.Command.Options.Any(option => option.Name == NewOption.WorkersName)
        && command.GetResult(NewOption.WorkersName) is OptionResult { Tokens: [{ Value: var value }] }
        && value.Equals(NewOption.ProcessesValue, StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs a command, here or in processes of its own; gives the exit code.</summary>
    /// <param name="arguments">The program's arguments.</param>
    /// <param name="parsed">The same, understood.</param>
    /// <param name="command">Runs the command in this process.</param>
    /// <param name="streams">Where notes go.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InputException">The command's, or the processes cannot be started.</exception>
    /// <exception cref="WorkerFailedException">A process has died or failed.</exception>
    public async Task<int> RunAsync(
        string[] arguments,
        ParseResult parsed,
        Func<Task<int>> command,
        Streams streams,
        CancellationToken cancellation
    )
    {
        if (_member is not null && parsed.CommandResult.Command is GroupTimesCommand group)
        {
            using var all = MpiSession.Start(TimeProvider.System, areThreadsMany: false);
            group.Measure(parsed, all);
            return ExitCode.Success;
        }
        if (!AreWanted(parsed.CommandResult) || parsed.CommandResult.Command is not IModelCommand ofModel)
        {
            return await command();
        }
        // Decided by one process for all.
        var request = Plan ?? Decide(ofModel, parsed, streams);
        if (_member is null)
        {
            var options = new LaunchOptions
            {
                Command = [.. Self(), .. arguments],
                Layout = WorkerProcess.LayoutOf(request),
                AddressVariable = AddressVariable,
                Environment = new Dictionary<string, string> { [PlanVariable] = request.ToString() },
                EndsInOrder = parsed.CommandResult.Command is ServeCommand,
            };
            return await Launcher.RunAsync(options, cancellation);
        }
        // Process 0 has a thread for every copy.
        var session = MpiSession.Start(TimeProvider.System, areThreadsMany: request.DataParallel > 1);
        Group = MpiProcesses.Part(session, WorkerProcess.LayoutOf(request));
        var exitCode = ExitCode.Success;
        if (Group.World.Rank == 0)
        {
            exitCode = await command();
            WorkerProcess.Dismiss(Group);
        }
        else
        {
            WorkerProcess.Follow(Group, TimeProvider.System);
        }
        // Whoever fails is gone without this, and has the launcher end the others.
        session.Dispose();
        return exitCode;
    }

    /// <summary>What groups of processes take on this machine: the program starts itself under Open MPI and has them measure.</summary>
    /// <param name="processes">How many processes, two or more.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InputException">Open MPI is not there, or does not start them.</exception>
    /// <exception cref="WorkerFailedException">A process has died or failed.</exception>
    public static async Task<IReadOnlyList<CollectiveTimes>> MeasureAsync(int processes, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("tandem-");
        try
        {
            var file = Path.Combine(folder.FullName, "times.json");
            var options = new LaunchOptions
            {
                Command = [.. Self(), GroupTimesCommand.CommandName, file],
                Layout = new ProcessLayout(1, 1, processes),
                AddressVariable = AddressVariable,
            };
            await Launcher.RunAsync(options, cancellation);
            return ProfileFile.ParseTimes(await File.ReadAllTextAsync(file, cancellation));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Where this process is one of several, tells the launcher how it ends.</summary>
    public void End(int exitCode) => _member?.End(exitCode);

    /// <summary>Has the launcher say what went wrong, where there is one.</summary>
    /// <returns>Whether there is.</returns>
    public bool TryFail(Exception error)
    {
        var isInputError = error is InputException;
        _member?.End(
            ExitCode.InputError,
            isInputError ? error.Message : $"{error.GetType().Name}: {error.Message}",
            isInputError
        );
        return IsMember;
    }

    public void Dispose() => _member?.Dispose();

    private static PlanRequest Decide(IModelCommand command, ParseResult parsed, Streams streams)
    {
        var options = command.OptionsOf(parsed);
        using var file = ModelFile.Open(options.Model);
        var request = Planner.Decide(file.Header, options, areProcesses: true).Request;
        command.Plan.NoteDefault(streams, request, CpuTopology.PhysicalCores().Count);
        return request;
    }

    /// <summary>The program's file, and before it the runtime's where it is started by that.</summary>
    public static string[] Self()
    {
        var (process, program) = (Environment.ProcessPath!, Environment.GetCommandLineArgs()[0]);
        return Path.GetFileNameWithoutExtension(process) == Path.GetFileNameWithoutExtension(program)
            ? [process]
            : [process, "exec", program];
    }
}
