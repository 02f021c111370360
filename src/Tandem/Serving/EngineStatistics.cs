namespace Tandem.Serving;

/// <summary>What an engine is doing and has done; read at one moment, without stopping it.</summary>
/// <param name="Running">Sequences that take part in steps.</param>
/// <param name="Waiting">Requests that wait to run.</param>
/// <param name="CacheUsage">The share of the cache's pages that running sequences hold, from 0 to 1.</param>
/// <param name="PrefixTokensAsked">Tokens of sequences that started running, so far.</param>
/// <param name="PrefixTokensHit">Those of them that came from the prefix cache.</param>
/// <param name="SetBacks">How often a sequence was set back for lack of cache.</param>
/// <param name="ProposedTokens">Guesses at next tokens that steps have checked.</param>
/// <param name="AcceptedTokens">Those of them that were right.</param>
/// <param name="Generating">Steps in which sequences generated and nothing else.</param>
/// <param name="WithPrompts">Steps in which there was some of a prompt.</param>
/// <param name="Workers">What each worker has spent its time on.</param>
public sealed record EngineStatistics(
    int Running,
    int Waiting,
    double CacheUsage,
    long PrefixTokensAsked,
    long PrefixTokensHit,
    long SetBacks,
    long ProposedTokens,
    long AcceptedTokens,
    StepFigures Generating,
    StepFigures WithPrompts,
    IReadOnlyList<WorkerFigures> Workers
)
{
    /// <summary>All steps.</summary>
    public StepFigures AllSteps => Generating + WithPrompts;
}
