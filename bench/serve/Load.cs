using Tandem.Serving.Simulation;

namespace Tandem.Bench.Serve;

/// <summary>Makes loads of equal requests.</summary>
internal static class Load
{
    /// <summary>Requests of equal length, at a fixed rate or as a Poisson process; in a closed loop when they come has no meaning.</summary>
    public static IReadOnlyList<SimulatedRequest> Of(
        string arrival,
        int count,
        double rate,
        int prompt,
        int answer,
        int seed
    ) =>
        arrival switch
        {
            "poisson" => SimulatedLoad.Poisson(count, rate, prompt, answer, seed),
            "closed" or "fixed" =>
            [
                .. Enumerable.Range(0, count).Select(i => new SimulatedRequest(i / rate, prompt, answer)),
            ],
            _ => throw new ArgumentException($"found the arrival '{arrival}', expected closed, fixed or poisson"),
        };
}
