namespace Tandem.Cli.Commands;

/// <summary>What one repetition of a benchmark measured.</summary>
/// <param name="PromptTokensPerSecond">Tokens of prompts, from an empty cache, of all sequences together.</param>
/// <param name="GeneratedTokensPerSecond">Generated tokens of all sequences together, behind <c>depth</c> tokens.</param>
/// <param name="TtftMs">From the request to the first token of its answer.</param>
/// <param name="TpotMs">From a token to the next, behind the prompt.</param>
/// <param name="ComputeMs">Of a generating step: computing.</param>
/// <param name="WaitMs">Of a generating step: one thread waiting for another.</param>
/// <param name="WorkerShares">What each worker spent the time on in which all sequences generated.</param>
internal sealed record BenchRun(
    double PromptTokensPerSecond,
    double GeneratedTokensPerSecond,
    double TtftMs,
    double TpotMs,
    double ComputeMs,
    double WaitMs,
    IReadOnlyList<WorkerShares> WorkerShares
);
