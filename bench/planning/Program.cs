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

// What cores read together may change within minutes, as others on the host come and go: a run is compared with a profile of the same.
const double SameMemory = 0.1;
const int TriesMax = 4;
string[] plans = ["threads=1", "threads=2", "tp=2", "pp=2", "dp=2"];
var tandem = new JsonProgram(args[0]);
var models = args[2..];
var runs = models.ToDictionary(model => model, _ => plans.ToDictionary(plan => plan, _ => new List<Run>()));
var repeated = 0;
for (var round = 0; round < rounds; round++)
{
    // What the machine can do changes as what runs beside it on its host does, so it is measured in turn with the plans.
    var profile = tandem.Run("profile", "--json");
    foreach (var (model, plan) in models.SelectMany(model => plans.Select(plan => (model, plan))))
    {
        var run = Bench(model, plan);
        for (var tries = 1; tries < TriesMax && !IsAsProfiled(run, plan, profile); tries++, repeated++)
        {
            profile = tandem.Run("profile", "--json");
            run = Bench(model, plan);
        }
        runs[model][plan].Add(run);
    }
}
var errors = new List<double>();
foreach (var model in models)
{
    Console.WriteLine($"{Path.GetFileName(model)}, ms expected / measured");
    foreach (var plan in plans)
    {
        var all = runs[model][plan];
        double Median(Func<Run, double> figure) => Spread.Of(all.Select(figure)).Median;
        var (ttft, expectedTtft) = (Median(run => run.Ttft), Median(run => run.ExpectedTtft));
        var (tpot, expectedTpot) = (Median(run => run.Tpot), Median(run => run.ExpectedTpot));
        errors.AddRange([expectedTtft / ttft - 1, expectedTpot / tpot - 1]);
        Console.WriteLine(
            $"  {plan, -10} TTFT {expectedTtft, 8:f1} / {ttft, 8:f1} ({errors[^2], 5:p0})   TPOT {expectedTpot, 6:f2} / {tpot, 6:f2} ({errors[^1], 5:p0})   memory {string.Join(", ", all.Select(run => $"{run.CeilingGBs:f0}"))} GB/s"
        );
    }
    PrintChoice(model, runs[model]);
}
double[] absolute = [.. errors.Select(Math.Abs).Order()];
Console.WriteLine($"{repeated} runs repeated with a new profile, as cores read otherwise than in the old one");
Console.WriteLine(
    $"errors of {absolute.Length} figures: median {absolute[absolute.Length / 2]:p1}, 95th percentile {absolute[absolute.Length * 95 / 100]:p1}"
);
return 0;

bool IsAsProfiled(Run run, string plan, JsonNode profile)
{
    var points = profile["machines"]![0]!["bandwidthGBs"]!.AsArray();
    var profiled = points[plan == "threads=1" ? 0 : ^1]!["value"]!.GetValue<double>();
    return Math.Abs(run.CeilingGBs / profiled - 1) <= SameMemory;
}

Run Bench(string model, string plan)
{
    string[] lengths = ["--prompt", Prompt, "--generate", Answer];
    var report = tandem.Run(["bench", "--model", model, "--plan", plan, .. lengths, "--repeat", "1", "--json"]);
    double Figure(string name) => report[name]!.GetValue<double>();
    return new Run(
        Figure("ttftMs"),
        Figure("tpotMs"),
        Figure("predictedTtftMs"),
        Figure("predictedTpotMs"),
        Figure("ceilingGBs")
    );
}

// The chosen plan's time over the best one's: the best by one half of the rounds, both compared on the other.
void PrintChoice(string model, Dictionary<string, List<Run>> measured)
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

/// <summary>What a run came to and was expected to, in ms, and what its cores read meanwhile.</summary>
internal sealed record Run(double Ttft, double Tpot, double ExpectedTtft, double ExpectedTpot, double CeilingGBs);
