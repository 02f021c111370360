using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Planning;

// How right the planner is: what it expects of every plan of two cores beside what bench measures, in turns.
//
//   dotnet run -c Release --project bench/planning -- ./tandem ROUNDS F.gguf…     against measurements; measures a profile first
//   dotnet run -c Release --project bench/planning -- serving ./tandem F.gguf TRACE.csv REQUESTS
//                                                                                 a server under a trace beside its simulation
//   dotnet run -c Release --project bench/planning -- unequal ./tandem F.gguf…    two cores of which one has half of its time
//   dotnet run -c Release --project bench/planning -- formulas ./tandem F.gguf    each formula of docs/planning.md beside a measurement
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
if (args is ["formulas", var measuring, var whole])
{
    await new Formulas(measuring, whole).PrintAsync();
    return 0;
}
if (args is ["unequal", var tool, .. var unequal] && unequal.Length > 0)
{
    foreach (var path in unequal)
    {
        await new Unequal(tool, path).PrintAsync();
    }
    return 0;
}
if (args.Length < 3 || !int.TryParse(args[1], CultureInfo.InvariantCulture, out var rounds))
{
    Console.Error.WriteLine(
        "usage: planning TANDEM ROUNDS F.gguf… | planning serving TANDEM F.gguf TRACE.csv REQUESTS | planning unequal TANDEM F.gguf… | planning formulas TANDEM F.gguf | planning scale"
    );
    return 2;
}
const string Prompt = "128";
const string Answer = "32";

string[] plans = ["threads=1", "threads=2", "tp=2", "pp=2", "dp=2"];
var tandem = new JsonProgram(args[0]);
var models = args[2..];
var errors = new List<double>();
using var states = new MachineStates(tandem);
foreach (var model in models)
{
    var runs = plans.ToDictionary(plan => plan, _ => new List<Run>());
    for (var round = 0; round < rounds; round++)
    {
        // The machine does not stay as fast as it is: what is expected sees as much of that as what is measured.
        states.MeasureAnew();
        foreach (var plan in plans)
        {
            runs[plan].Add(states.Run(profile => Bench(model, plan, profile)));
        }
    }
    Print(model, runs);
    PrintChoice(model, runs);
}
double[] absolute = [.. errors.Select(Math.Abs).Order()];
Console.WriteLine($"{states.Repeated} runs repeated, as the machine's state changed; states: {states.Text}");
Console.WriteLine(
    $"errors of {absolute.Length} figures: median {absolute[absolute.Length / 2]:p1}, 95th percentile {absolute[absolute.Length * 95 / 100]:p1}"
);
return 0;

void Print(string model, Dictionary<string, List<Run>> runs)
{
    Console.WriteLine($"{Path.GetFileName(model)}, ms expected / measured");
    foreach (var plan in plans)
    {
        double Median(Func<Run, double> figure) => Spread.Of(runs[plan].Select(figure)).Median;
        // Of the runs' own errors, as the machine was not the same in all of them.
        var ttft = Median(run => run.ExpectedTtft / run.Ttft - 1);
        var tpot = Median(run => run.ExpectedTpot / run.Tpot - 1);
        errors.AddRange([ttft, tpot]);
        Console.WriteLine(
            $"  {plan, -10} TTFT {Median(run => run.ExpectedTtft), 8:f1} / {Median(run => run.Ttft), 8:f1} ({ttft, 5:p0})   TPOT {Median(run => run.ExpectedTpot), 6:f2} / {Median(run => run.Tpot), 6:f2} ({tpot, 5:p0})   memory {string.Join(", ", runs[plan].Select(run => $"{run.CeilingGBs:f0}"))} GB/s"
        );
    }
}

Run Bench(string model, string plan, string profile)
{
    string[] lengths = ["--prompt", Prompt, "--generate", Answer];
    var report = tandem.Run([
        "bench",
        "--model",
        model,
        "--plan",
        plan,
        "--profile",
        profile,
        .. lengths,
        "--repeat",
        "1",
        "--json",
    ]);
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
    string[] lengths = ["--prompt", Prompt, "--answer", Answer];
    var report = tandem.Run(["plan", "--model", model, "--profile", states.Profile(), .. lengths, "--json"]);
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
