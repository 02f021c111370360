using System.CommandLine;
using Spectre.Console;
using Tandem.Cli.Options;
using Tandem.Cluster;
using Tandem.Kernels;
using Tandem.Planning.Profiles;
using Tandem.Serving.Profiling;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem profile</c>: measures what this machine can do, for plans that are chosen by measurement.</summary>
internal sealed class ProfileCommand : Command
{
    /// <summary>The option that names the file of what is measured so far.</summary>
    public const string ResumeName = "--resume";

    // Beyond so many, a doubling takes a step more.
    private const int ProcessesMax = 8;

    private static readonly TimeSpan s_processesTimeout = TimeSpan.FromSeconds(6);

    private readonly Streams _streams;
    private readonly Option<string?> _output = NewOption.Text(
        "--output",
        "FILE",
        "Writes the profile there, instead of where plans look for it."
    );
    private readonly Option<string?> _resume = NewOption.Text(
        ResumeName,
        "FILE",
        "Keeps there what is measured so far, and goes on from it where a measurement was ended."
    );
    private readonly Option<TimeSpan?> _processesTimeout = NewOption.Of(
        "--processes-timeout",
        "T",
        "How long groups of processes may be measured; after that the profile does without, such as 10s. [default: 6s]",
        Values.Time
    );
    private readonly Option<bool> _json = NewOption.Json();

    public ProfileCommand(Streams streams)
        : base(
            "profile",
            "Measures what this machine's cores, memory and groups can do, in under 20 seconds, and keeps it."
        )
    {
        _streams = streams;
        Add(_output);
        Add(_resume);
        Add(_processesTimeout);
        Add(_json);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var known = parsed.GetValue(_resume) is { } part ? new MeasuredKernels(part) : null;
        var profile = await _streams.WithProgressAsync(
            "measuring",
            progress =>
                Task.Run(
                    () => Profiler.Measure(KernelChoice.Fastest, TimeProvider.System, progress, known, cancellation),
                    cancellation
                ),
            cancellation
        );
        profile = await WithProcessesAsync(
            profile,
            parsed.GetValue(_processesTimeout) ?? s_processesTimeout,
            cancellation
        );
        known?.Delete();
        var text = ProfileFile.Write(profile);
        // Before anything is printed, which ends the program where nobody reads it.
        Keep(profile, text, parsed.GetValue(_output));
        if (parsed.GetValue(_json))
        {
            _streams.Output.Write(text);
        }
        else
        {
            Print(profile.Machines[0]);
        }
        return ExitCode.Success;
    }

    private void Keep(HardwareProfile profile, string text, string? path)
    {
        if (path is null)
        {
            _streams.Note(
                ProfileStore.TryKeep(profile) is { } why
                    ? $"the profile is not kept: {why}; --output FILE writes it elsewhere"
                    : $"kept in {ProfileStore.Path}"
            );
            return;
        }
        OutputFile.Write(
            path,
            output =>
            {
                using var writer = new StreamWriter(output, leaveOpen: true);
                writer.Write(text);
            }
        );
    }

    // Groups of processes, where Open MPI is there; else the profile does without.
    private async Task<HardwareProfile> WithProcessesAsync(
        HardwareProfile profile,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        var machine = profile.Machines[0];
        if (machine.Units == 1)
        {
            return profile;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            var times = await WorkerProcesses.MeasureAsync(Math.Min(machine.Units, ProcessesMax), limit.Token);
            return profile with { Machines = [machine.WithProcesses(times)] };
        }
        catch (Exception error) when (error is InputException or WorkerFailedException)
        {
            _streams.Note($"groups of processes are not measured: {error.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _streams.Note(
                FormattableString.Invariant(
                    $"groups of processes are not measured: they took longer than {timeout.TotalSeconds} s"
                )
            );
        }
        return profile;
    }

    private void Print(MachineProfile machine)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("format");
        foreach (var units in machine.BandwidthGBs)
        {
            table.AddColumn($"1 token, {Cores(units.Units)}, Gweights/s each");
            table.AddColumn($"512 tokens, {Cores(units.Units)}, GMAC/s each");
        }
        foreach (var (format, rates) in machine.Kernels)
        {
            var cells = new List<string> { format };
            foreach (var units in machine.BandwidthGBs)
            {
                var own = rates.Where(rate => rate.Units == units.Units).ToArray();
                cells.Add(FormattableString.Invariant($"{own[0].GigaWeights:f1}"));
                cells.Add(FormattableString.Invariant($"{own[^1].GigaWeights * own[^1].Tokens:f0}"));
            }
            table.AddRow([.. cells]);
        }
        _streams.Tables.Write(table);
        foreach (var point in machine.BandwidthGBs)
        {
            _streams.Output.WriteLine(
                FormattableString.Invariant($"{Cores(point.Units)}: reading {point.Value:f1} GB/s together")
            );
        }
        Print("threads", machine.ThreadCollectives);
        Print("processes", machine.ProcessCollectives ?? []);
        _streams.Output.WriteLine(
            FormattableString.Invariant(
                $"a layer's meetings: {string.Join(", ", machine.BlockMicroseconds.Select(point => FormattableString.Invariant($"{point.Value:f1} µs with {Cores(point.Units)}")))}; handing over {machine.Handover.Microseconds:f2} µs; {machine.NumberNanoseconds:f3} ns a number of an activation; a step {machine.StepMicroseconds:f1} µs beside computing"
            )
        );
    }

    private void Print(string what, IReadOnlyList<CollectiveTimes> times)
    {
        if (times.Count == 0)
        {
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns($"groups of {what}, µs", "ranks");
        var sizes = times.MaxBy(one => one.Points.Count)!.Points.Select(point => point.Bytes).ToArray();
        foreach (var bytes in sizes)
        {
            table.AddColumn(FormattableString.Invariant($"{bytes / 1024} KiB"));
        }
        foreach (var one in times)
        {
            // A meeting has no size, and stands with the smallest.
            var cells = sizes.Zip(one.Points, (_, point) => FormattableString.Invariant($"{point.Microseconds:f1}"));
            table.AddRow([one.Operation, FormattableString.Invariant($"{one.Ranks}"), .. cells]);
        }
        _streams.Tables.Write(table);
    }

    private static string Cores(int count) => count == 1 ? "1 core" : $"{count} cores";
}
