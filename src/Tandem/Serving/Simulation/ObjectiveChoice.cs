using Tandem.Planning.Search;

namespace Tandem.Serving.Simulation;

/// <summary>The cheapest plan with which a load keeps to an objective, or the one that comes nearest.</summary>
public sealed record ObjectiveChoice
{
    /// <summary>The objective.</summary>
    public required ServiceObjective Objective { get; init; }

    /// <summary>The plan.</summary>
    public required Candidate Candidate { get; init; }

    /// <summary>What comes of the load under it.</summary>
    public required SimulationResult Result { get; init; }

    /// <summary>Whether it keeps to the objective; otherwise none does, and it comes nearest.</summary>
    public required bool Meets { get; init; }

    /// <summary>The share of requests that keep to the objective.</summary>
    public required double Goodput { get; init; }

    /// <summary>How much load it bears.</summary>
    public required LoadLimit Limit { get; init; }

    /// <summary>Plans that fit the machines.</summary>
    public required int Considered { get; init; }

    /// <summary>Plans that were simulated; the others are too slow for a request by itself, or cost more.</summary>
    public required int Simulated { get; init; }
}
