using System.CommandLine;
using Tandem.Kernels;
using Tandem.Planning.Profiles;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Options;

/// <summary>The options that say how a model is split, and on which of the machine.</summary>
/// <param name="processes">The other processes, where workers are processes; null where nothing runs.</param>
internal sealed class PlanSettings(WorkerProcesses? processes)
{
    private readonly Option<int?> _threads = NewOption.Threads();
    private readonly Option<AskedPlan?> _plan = NewOption.Plan();
    private readonly Option<string?> _profile = NewOption.Profile();
    private readonly Option<WorkerKind?> _workers = NewOption.Workers();
    private readonly Option<KernelChoice?> _kernels = NewOption.Kernels();

    // What is known of the machine; null before the options are read.
    private FoundProfile? _found;
    private bool _isTold;

    /// <summary>Whether nothing is known of the machine, and measuring it would change that.</summary>
    public bool WantsMeasuring { get; private set; }

    /// <summary>Whether there is a profile of the machine.</summary>
    public ProfileState Profile => _found?.State ?? ProfileState.None;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_threads);
        command.Add(_plan);
        command.Add(_profile);
        command.Add(_workers);
        command.Add(_kernels);
    }

    /// <summary>Adds what was asked for.</summary>
    /// <exception cref="InputException">The profile that was named is none, or of another machine.</exception>
    public EngineOptions Complete(EngineOptions options, ParseResult parsed)
    {
        var kernels = parsed.GetValue(_kernels) ?? KernelChoice.Fastest;
        // Where workers are processes, the one that has started them has chosen for all.
        var plan = processes?.Plan ?? parsed.GetValue(_plan)?.Request;
        var found = ProfileStore.Find(parsed.GetValue(_profile), kernels);
        (_found, _isTold) = (found, plan is not null);
        WantsMeasuring = found is { Profile: null, Advice: not null } && processes?.Group is null;
        return options with
        {
            Threads = parsed.GetValue(_threads),
            Plan = plan,
            Profile = found.Profile,
            Processes = processes?.Group,
            Kernels = kernels,
        };
    }

    /// <summary>Tells what the user should know about a plan: that nothing was known for choosing it, among others.</summary>
    public void Note(Streams streams, Plan plan)
    {
        NoteDefault(streams, plan.Request, plan.Cores);
        if (plan.Notice is { } notice)
        {
            streams.Note(notice);
        }
        if (plan.IsOversubscribed)
        {
            streams.Note(
                $"the plan {plan} has {plan.Threads} threads for {plan.Cores} cores: none has one for itself, and waiting threads sleep"
            );
        }
    }

    /// <summary>
    /// Says that nothing was known for choosing a plan, where that is so and there was a choice; or for predicting, where a profile is stale.
    /// </summary>
    public void NoteDefault(Streams streams, PlanRequest plan, int cores)
    {
        if (_found is not { Profile: null } found)
        {
            return;
        }
        if (_isTold || cores == 1)
        {
            NoteStale(streams, found);
        }
        else
        {
            var what = plan.Brief is { Length: > 0 } brief ? $"the plan is {brief}" : "one core has all";
            streams.Note($"{found.Why}, so {what}{(found.Advice is null ? "" : $"; {found.Advice}")}");
        }
    }

    // Of processes the one that has started them has said it.
    private void NoteStale(Streams streams, FoundProfile found)
    {
        if (found.IsStale && processes?.Group is null)
        {
            streams.Note($"{found.Why}, so nothing is predicted; {found.Advice}");
        }
    }
}
