using Tandem.Planning.Search;

namespace Tandem.Serving.Simulation;

/// <summary>What came of a simulated load.</summary>
/// <param name="Answers">The answers, in the order in which the requests arrived.</param>
/// <param name="Steps">When stages ran steps; empty unless asked for.</param>
/// <param name="Seconds">From the first arrival's clock zero to the last answer's end.</param>
/// <param name="BusySeconds">Seconds that each stage computed, [replica][stage].</param>
public sealed record SimulationResult(
    IReadOnlyList<SimulatedAnswer> Answers,
    IReadOnlyList<SimulatedStep> Steps,
    double Seconds,
    IReadOnlyList<IReadOnlyList<double>> BusySeconds
)
{
    /// <summary>Generated tokens a second.</summary>
    public double TokensPerSecond => Answers.Sum(answer => (double)answer.Tokens) / Seconds;

    /// <summary>The time to the first token that so large a share of requests keeps within, in seconds.</summary>
    public double Ttft(double share) => Percentile(Answers.Select(answer => answer.TtftSeconds), share);

    /// <summary>The time of a token after it that so large a share of requests keeps within, in seconds.</summary>
    public double Tpot(double share) =>
        Percentile(Answers.Where(answer => answer.Tokens > 1).Select(answer => answer.TpotSeconds), share);

    /// <summary>The share of requests that keep to an objective.</summary>
    public double Goodput(ServiceObjective objective) =>
        (double)Answers.Count(answer => objective.Excess(answer.TtftSeconds, answer.TpotSeconds) <= 1) / Answers.Count;

    private static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }
}
