using System.CommandLine;
using Tandem.Kernels;
using Tandem.Serving;
using Tandem.Serving.Speculation;

namespace Tandem.Cli.Options;

/// <summary>The options that say what an engine loads and with how much of the machine.</summary>
/// <param name="processes">The other processes, where workers are processes; null where nothing runs.</param>
internal sealed class EngineSettings(WorkerProcesses? processes)
{
    private readonly Option<string?> _model = NewOption.Model();
    private readonly Option<int?> _context = NewOption.Context();
    private readonly Option<CacheType?> _cacheType = NewOption.CacheType();
    private readonly Option<ActivationMode?> _activations = NewOption.Activations();
    private readonly Option<long?> _cacheMemory = NewOption.Of(
        "--cache-memory",
        "SIZE",
        "Memory for cached keys and values, such as 2G.",
        Values.Size
    );
    private readonly Option<Switch?> _prefixCache = NewOption.Of(
        "--prefix-cache",
        "on|off",
        "Whether equal beginnings of prompts are computed once. [default: on, but off in bench]",
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

    /// <summary>How the model is split.</summary>
    public PlanSettings Plan { get; } = new(processes);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_context);
        Plan.AddTo(command);
        command.Add(_cacheType);
        command.Add(_activations);
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
        Plan.Complete(new EngineOptions(), parsed) with
        {
            Model = parsed.GetValue(_model),
            Context = parsed.GetValue(_context),
            CacheType = parsed.GetValue(_cacheType) ?? CacheType.F16,
            Float32Activations = parsed.GetValue(_activations) == ActivationMode.F32,
            CacheMemoryBytes = parsed.GetValue(_cacheMemory),
            PrefixCache = (parsed.GetValue(_prefixCache) ?? prefixCacheDefault) == Switch.On,
            Speculation =
                parsed.GetValue(_speculate)
                ?? (parsed.GetValue(_draft) is null ? speculationDefault : SpeculationKind.Draft),
            Draft = parsed.GetValue(_draft),
        };

    /// <summary>Loads an engine, shows how far it is, and tells what the user should know about it.</summary>
    /// <exception cref="InputException">The options contradict each other, the file makes no sense, or the memory does not suffice.</exception>
    public async Task<Engine> LoadAsync(Streams streams, EngineOptions options, CancellationToken cancellation)
    {
        var engine = await streams.WithProgressAsync(
            "loading the model",
            progress => Engine.LoadAsync(options, progress, cancellation),
            cancellation
        );
        Plan.Note(streams, engine.Plan);
        return engine;
    }
}
