using System.Text.Json.Nodes;
using Tandem.Bench.Measuring;
using Tandem.Planning.Search;
using Tandem.Serving.Simulation;

namespace Tandem.Bench.Planning;

/// <summary>How a load was served, or is said to be by a simulation.</summary>
/// <param name="TtftP50">Seconds.</param>
/// <param name="TtftP95">Seconds.</param>
/// <param name="TpotP50">Seconds.</param>
/// <param name="TpotP95">Seconds.</param>
/// <param name="Goodput">The share of requests that met the objective, from 0 to 1.</param>
internal sealed record ServingFigures(double TtftP50, double TtftP95, double TpotP50, double TpotP95, double Goodput)
{
    /// <summary>Of what bench/serve reports.</summary>
    public static ServingFigures Of(JsonNode report)
    {
        double Seconds(string figure, string share) => report[figure]![share]!.GetValue<double>() / 1e3;
        return new(
            Seconds("ttftMs", "p50"),
            Seconds("ttftMs", "p95"),
            Seconds("tpotMs", "p50"),
            Seconds("tpotMs", "p95"),
            report["goodput"]!.GetValue<double>()
        );
    }

    /// <summary>Of a simulation.</summary>
    public static ServingFigures Of(SimulationResult result, ServiceObjective objective) =>
        new(result.Ttft(0.5), result.Ttft(0.95), result.Tpot(0.5), result.Tpot(0.95), result.Goodput(objective));

    /// <summary>Simulated figures beside real ones.</summary>
    public static string Text((ServingFigures Simulated, ServingFigures Real) both)
    {
        var (simulated, real) = both;
        string Milliseconds(Func<ServingFigures, double> figure) =>
            $"{figure(simulated) * 1e3:f1} / {figure(real) * 1e3:f1} ({Error(both, figure):p0})";
        return $"TTFT p50 {Milliseconds(one => one.TtftP50)}, p95 {Milliseconds(one => one.TtftP95)}, TPOT p50 {Milliseconds(one => one.TpotP50)}, p95 {Milliseconds(one => one.TpotP95)} ms, goodput {simulated.Goodput:p1} / {real.Goodput:p1}";
    }

    /// <summary>The median of several rounds' errors, of each figure.</summary>
    public static string Errors(IReadOnlyList<(ServingFigures Simulated, ServingFigures Real)> rounds)
    {
        string Median(Func<ServingFigures, double> figure) =>
            $"{Spread.Of(rounds.Select(both => Error(both, figure))).Median:p0}";
        var goodput = Spread.Of(rounds.Select(both => both.Simulated.Goodput - both.Real.Goodput)).Median;
        return $"TTFT p50 {Median(one => one.TtftP50)}, p95 {Median(one => one.TtftP95)}, TPOT p50 {Median(one => one.TpotP50)}, p95 {Median(one => one.TpotP95)}, goodput {goodput * 100:f1} points";
    }

    private static double Error(
        (ServingFigures Simulated, ServingFigures Real) both,
        Func<ServingFigures, double> figure
    ) => figure(both.Simulated) / figure(both.Real) - 1;
}
