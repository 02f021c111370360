namespace Tandem.Cli.Options;

/// <summary>What a model's workers are.</summary>
internal enum WorkerKind
{
    /// <summary>Threads of this process.</summary>
    Threads,

    /// <summary>Processes, one for each stage and rank.</summary>
    Processes,
}
