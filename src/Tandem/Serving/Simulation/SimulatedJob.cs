using Tandem.Scheduling;

namespace Tandem.Serving.Simulation;

/// <summary>A simulated request under way.</summary>
internal sealed class SimulatedJob
{
    /// <summary>A request that has arrived.</summary>
    public SimulatedJob(SimulatedRequest request, double arrivalSeconds)
    {
        (Request, ArrivalSeconds) = (request, arrivalSeconds);
        Sequence = SimulatedReplica.SequenceOf(request);
        Sequence.Owner = this;
    }

    /// <summary>The request.</summary>
    public SimulatedRequest Request { get; }

    /// <summary>The scheduler's view of it.</summary>
    public Sequence Sequence { get; }

    /// <summary>When it arrived.</summary>
    public double ArrivalSeconds { get; }

    /// <summary>The copy that it went to.</summary>
    public int Replica { get; set; }

    /// <summary>Tokens that it has got.</summary>
    public int Tokens { get; set; }

    /// <summary>When it had its first token.</summary>
    public double FirstTokenSeconds { get; set; }

    /// <summary>When it had its last.</summary>
    public double EndSeconds { get; set; }

    /// <summary>Its work for the router, in tokens.</summary>
    public long Work => Sequence.PromptLength + Request.AnswerTokens;

    /// <summary>What it came to, once it has ended.</summary>
    public SimulatedAnswer Answer => new(Request, Replica, ArrivalSeconds, FirstTokenSeconds, EndSeconds, Tokens);
}
