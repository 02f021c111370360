namespace Tandem.Cli.Commands;

/// <summary>What one repetition of a benchmark measured.</summary>
/// <param name="PromptTokensPerSecond">Tokens of prompts, from an empty cache, of all sequences together.</param>
/// <param name="GeneratedTokensPerSecond">Generated tokens of all sequences together, behind <c>depth</c> tokens.</param>
/// <param name="TtftMs">From the request to the first token of its answer.</param>
/// <param name="TpotMs">From a token to the next, behind the prompt.</param>
/// <param name="ComputeMs">Of a generating step: computing.</param>
/// <param name="WaitMs">Of a generating step: one thread waiting for another.</param>
/// <param name="TokensAStep">Tokens of a sequence that a step brings: more than 1 where guesses are right.</param>
/// <param name="GuessesChecked">Guesses at next tokens that steps have checked.</param>
/// <param name="GuessesRight">Those of them that were right.</param>
/// <param name="WorkerShares">What each worker spent the time on in which all sequences generated.</param>
internal sealed record BenchRun(
    double PromptTokensPerSecond,
    double GeneratedTokensPerSecond,
    double TtftMs,
    double TpotMs,
    double ComputeMs,
    double WaitMs,
    double TokensAStep,
    long GuessesChecked,
    long GuessesRight,
    IReadOnlyList<WorkerShares> WorkerShares
);
