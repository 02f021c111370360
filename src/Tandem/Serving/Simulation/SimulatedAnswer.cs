namespace Tandem.Serving.Simulation;

/// <summary>When what happened to a simulated request, in seconds from the load's begin.</summary>
/// <param name="Request">The request.</param>
/// <param name="Replica">The copy that answered it.</param>
/// <param name="ArrivalSeconds">When it arrived.</param>
/// <param name="FirstTokenSeconds">When it had its first token.</param>
/// <param name="EndSeconds">When it had its last.</param>
/// <param name="Tokens">Tokens that it got.</param>
public sealed record SimulatedAnswer(
    SimulatedRequest Request,
    int Replica,
    double ArrivalSeconds,
    double FirstTokenSeconds,
    double EndSeconds,
    int Tokens
)
{
    /// <summary>Seconds to its first token.</summary>
    public double TtftSeconds => FirstTokenSeconds - ArrivalSeconds;

    /// <summary>Seconds of each token after it; 0 where there is one alone.</summary>
    public double TpotSeconds => Tokens > 1 ? (EndSeconds - FirstTokenSeconds) / (Tokens - 1) : 0;
}
