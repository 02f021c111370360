using System.CommandLine;
using Tandem.Kernels;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Serving.Speculation;

namespace Tandem.Cli.Options;

/// <summary>The options that say what an engine loads and with how much of the machine.</summary>
/// <param name="processes">The other processes, where workers are processes; null where nothing runs.</param>
internal sealed class EngineSettings(WorkerProcesses? processes)
{
    private readonly Option<string?> _model = NewOption.Model();
    private readonly Option<int?> _context = NewOption.Context();
    private readonly Option<int?> _threads = NewOption.Threads();
    private readonly Option<PlanRequest?> _plan = NewOption.Plan();
    private readonly Option<WorkerKind?> _workers = NewOption.Workers();
    private readonly Option<CacheType?> _cacheType = NewOption.CacheType();
    private readonly Option<ActivationMode?> _activations = NewOption.Activations();
    private readonly Option<KernelChoice?> _kernels = NewOption.Kernels();
    private readonly Option<long?> _cacheMemory = NewOption.Of(
        "--cache-memory",
        "SIZE",
        "Memory for cached keys and values, such as 2G.",
        Values.Size
    );
    private readonly Option<Switch?> _prefixCache = NewOption.Of(
        "--prefix-cache",
        "on|off",
        "Whether equal beginnings of prompts are computed once. [default: on]",
        Values.OneOf(("on", Switch.On), ("off", Switch.Off))
    );

    private readonly Option<SpeculationKind?> _speculate = NewOption.Of(
        "--speculate",
        "off|lookup|draft",
        "Who guesses at next tokens, so that one step can check several: nobody, the text so far, or the model of --draft. Answers stay the same. [default: draft with --draft; lookup in run; else off]",
        Values.OneOf(("off", SpeculationKind.Off), ("lookup", SpeculationKind.Lookup), ("draft", SpeculationKind.Draft))
    );
    private readonly Option<string?> _draft = NewOption.Text(
        "--draft",
        "FILE",
        "A small model of the same vocabulary that guesses at next tokens, a GGUF file."
    );

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_context);
        command.Add(_threads);
        command.Add(_plan);
        command.Add(_workers);
        command.Add(_cacheType);
        command.Add(_activations);
        command.Add(_kernels);
        command.Add(_cacheMemory);
        command.Add(_prefixCache);
        command.Add(_speculate);
        command.Add(_draft);
    }

    /// <summary>What was asked for.</summary>
    public EngineOptions Read(
        ParseResult parsed,
        Switch prefixCacheDefault = Switch.On,
        SpeculationKind speculationDefault = SpeculationKind.Off
    ) =>
        new()
        {
            Model = parsed.GetValue(_model),
            Context = parsed.GetValue(_context),
            Threads = parsed.GetValue(_threads),
            Plan = parsed.GetValue(_plan),
            Processes = processes?.Group,
            CacheType = parsed.GetValue(_cacheType) ?? CacheType.F16,
            Float32Activations = parsed.GetValue(_activations) == ActivationMode.F32,
            Kernels = parsed.GetValue(_kernels) ?? KernelChoice.Fastest,
            CacheMemoryBytes = parsed.GetValue(_cacheMemory),
            PrefixCache = (parsed.GetValue(_prefixCache) ?? prefixCacheDefault) == Switch.On,
            Speculation =
                parsed.GetValue(_speculate)
                ?? (parsed.GetValue(_draft) is null ? speculationDefault : SpeculationKind.Draft),
            Draft = parsed.GetValue(_draft),
        };

    /// <summary>Loads an engine, shows how far it is, and tells what the user should know about it.</summary>
    /// <exception cref="InputException">The options contradict each other, the file makes no sense, or the memory does not suffice.</exception>
    public static async Task<Engine> LoadAsync(Streams streams, EngineOptions options, CancellationToken cancellation)
    {
        var engine = await streams.WithProgressAsync(
            "loading the model",
            progress => Engine.LoadAsync(options, progress, cancellation),
            cancellation
        );
        Note(streams, engine.Plan);
        return engine;
    }

    /// <summary>Tells what the user should know about a plan.</summary>
    public static void Note(Streams streams, Plan plan)
    {
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
}
