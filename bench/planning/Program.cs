using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Bench.Measuring;
using Tandem.Bench.Planning;

// How right the planner is: what it expects of every plan of two cores beside what bench measures, in turns.
//
//   dotnet run -c Release --project bench/planning -- ./tandem ROUNDS F.gguf…     against measurements; measures a profile first
//   dotnet run -c Release --project bench/planning -- serving ./tandem F.gguf TRACE.csv REQUESTS
//                                                                                 a server under a trace beside its simulation
//   dotnet run -c Release --project bench/planning -- scale                       how long planning and simulating take
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["scale"])
{
    Scale.Print();
    return 0;
}
if (args is ["serving", var program, var served, var trace, var many] && int.TryParse(many, out var requests))
{
    new SimulatedServing(program, served, trace, requests).Print();
    return 0;
}
if (args.Length < 3 || !int.TryParse(args[1], CultureInfo.InvariantCulture, out var rounds))
{
    Console.Error.WriteLine(
        "usage: planning TANDEM ROUNDS F.gguf… | planning serving TANDEM F.gguf TRACE.csv REQUESTS | planning scale"
    );
    return 2;
}
const string Prompt = "512";
const string Answer = "64";
string[] plans = ["threads=1", "threads=2", "tp=2", "pp=2", "dp=2"];
var tandem = new JsonProgram(args[0]);
tandem.Run("profile", "--json");
var errors = new List<double>();
foreach (var model in args.Skip(2))
{
    var measured = plans.ToDictionary(plan => plan, _ => new List<(double Ttft, double Tpot)>());
    for (var round = 0; round < rounds; round++)
    {
        foreach (var plan in plans)
        {
            var run = tandem.Run([
                "bench",
                "--model",
                model,
                "--plan",
                plan,
                "--prompt",
                Prompt,
                "--generate",
                Answer,
                "--repeat",
                "1",
                "--json",
            ]);
            measured[plan].Add((Figure(run, "ttftMs"), Figure(run, "tpotMs")));
        }
    }
    Console.WriteLine($"{Path.GetFileName(model)}, ms expected / measured");
    foreach (var plan in plans)
    {
        var expected = Expected(model, plan);
        var (ttft, tpot) = (
            Spread.Of(measured[plan].Select(run => run.Ttft)).Median,
            Spread.Of(measured[plan].Select(run => run.Tpot)).Median
        );
        errors.AddRange([expected.Ttft / ttft - 1, expected.Tpot / tpot - 1]);
        Console.WriteLine(
            $"  {plan, -10} TTFT {expected.Ttft, 8:f1} / {ttft, 8:f1} ({expected.Ttft / ttft - 1, 5:p0})   TPOT {expected.Tpot, 6:f2} / {tpot, 6:f2} ({expected.Tpot / tpot - 1, 5:p0})"
        );
    }
    PrintChoice(model, measured);
}
double[] absolute = [.. errors.Select(Math.Abs).Order()];
Console.WriteLine(
    $"errors of {absolute.Length} figures: median {absolute[absolute.Length / 2]:p1}, 95th percentile {absolute[absolute.Length * 95 / 100]:p1}"
);
return 0;

double Figure(JsonNode report, string name) => report[name]!.GetValue<double>();

(double Ttft, double Tpot) Expected(string model, string plan)
{
    var report = tandem.Run([
        "plan",
        "--model",
        model,
        "--plan",
        plan,
        "--prompt",
        Prompt,
        "--answer",
        Answer,
        "--json",
    ]);
    var expected = report["expected"]![0]!;
    return (Figure(expected, "ttftMs"), Figure(expected, "tpotMs"));
}

// The chosen plan's time over the best one's: the best by one half of the rounds, both compared on the other.
void PrintChoice(string model, Dictionary<string, List<(double Ttft, double Tpot)>> measured)
{
    double Request(string plan, int half) =>
        Spread
            .Of(
                measured[plan]
                    .Where((_, round) => rounds < 2 || round % 2 == half)
                    .Select(run => run.Ttft + (int.Parse(Answer, CultureInfo.InvariantCulture) - 1) * run.Tpot)
            )
            .Median;
    var best = plans.MinBy(plan => Request(plan, 0))!;
    var report = tandem.Run(["plan", "--model", model, "--prompt", Prompt, "--answer", Answer, "--json"]);
    var chosen = plans.First(plan =>
        plan.Split(',')
            .All(part => ("," + report["plan"]!.GetValue<string>()).Contains("," + part, StringComparison.Ordinal))
        && (plan != "threads=1" || report["plan"]!.GetValue<string>() == "dp=1,pp=1,tp=1,threads=1")
    );
    Console.WriteLine(
        $"  chosen {chosen}, best {best}: {Request(chosen, 1) / Request(best, 1):f3} of the best's time, {Request(chosen, 1) / Request("threads=1", 1):f3} of one core's"
    );
}
