using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tandem.Bench.Measuring;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving.Simulation;

namespace Tandem.Bench.Planning;

/// <summary>A server under a trace's load beside what a simulation of it says, at parts of what it bears at most.</summary>
internal sealed class SimulatedServing(string program, string model, string trace, int requests)
{
    private const string Divide = "8";
    private const string Clients = "8";
    private const int UnloadedRequests = 12;
    private const int Rounds = 3;
    private const double TtftSeconds = 2;
    private const double TpotOfUnloaded = 2;

    private static readonly double[] s_loads = [0.5, 0.8];

    private readonly JsonProgram _tandem = new(program);
    private readonly JsonProgram _dotnet = new("dotnet");
    private readonly ModelCost _cost = TimedRequest.CostOf(model);

    public void Print()
    {
        using var states = new MachineStates(_tandem);
        // All loads have the same prompts.
        string[] uncached = ["--prefix-cache", "off"];
        var profile = states.Profile();
        string[] serve = ["serve", "--model", model, "--port", "0", .. uncached, "--profile", profile];
        var start = new ProcessStartInfo(program, serve) { RedirectStandardOutput = true };
        using var server = Process.Start(start)!;
        try
        {
            var said = Said(server);
            Print(states, Part(said, "(http://[^ ,]+)"), Part(said, "plan ([^ ]+), "), profile);
            Console.WriteLine($"states: {states.Text}");
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    // The line that tells where it listens.
    private static string Said(Process server)
    {
        while (server.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains("http://", StringComparison.Ordinal))
            {
                return line;
            }
        }
        throw new InvalidOperationException("the server ended before it listened");
    }

    private static string Part(string said, string pattern) => Regex.Match(said, pattern).Groups[1].Value;

    private void Print(MachineStates states, string url, string plan, string profile)
    {
        var unloaded = Serve(url, UnloadedRequests, ["--arrival", "closed", "--clients", "1"]);
        var tpot = ServingFigures.Of(unloaded).TpotP50 * TpotOfUnloaded;
        var closed = Serve(url, requests, ["--arrival", "closed", "--clients", Clients]);
        var bears = requests / closed["seconds"]!.GetValue<double>();
        Console.WriteLine(
            $"alone TPOT {tpot / TpotOfUnloaded * 1e3:f1} ms; {Clients} clients in a closed loop get {bears:f2} requests/s"
        );
        var asItIs = SimulatedLoad.RequestsPerSecond(Load(stretch: 1));
        var objective = new ServiceObjective(TtftSeconds, tpot);
        foreach (var load in s_loads)
        {
            Print(states, url, plan, profile, load, asItIs!.Value / (load * bears), objective);
        }
    }

    // Several times with profiles before and behind each, as what is measured of a machine in one minute does not hold in the next.
    private void Print(
        MachineStates states,
        string url,
        string plan,
        string profile,
        double load,
        double stretch,
        ServiceObjective objective
    )
    {
        var asProfiled = new List<(ServingFigures Simulated, ServingFigures Real)>();
        var asPaced = new List<(ServingFigures Simulated, ServingFigures Real)>();
        for (var round = 1; round <= Rounds; round++)
        {
            var pace = new MachinePace(url);
            var (report, seen) = states.Watch(() =>
                pace.During(() => Serve(url, requests, ["--stretch", Text(stretch), .. Objective(objective)]))
            );
            var real = ServingFigures.Of(report);
            ServingFigures Simulated(IReadOnlyList<MachineChange> machines) =>
                ServingFigures.Of(Simulate(plan, machines, stretch), objective);
            asProfiled.Add((Simulated(Changes(seen)), real));
            // What a profile said minutes before is not what the machine did all the time; what its steps took says that of each moment.
            asPaced.Add((Simulated(pace.Of(Parse(profile))), real));
            Console.WriteLine($"{load:p0}, round {round}, simulated / real; {Text(seen)}");
            Console.WriteLine($"  {ServingFigures.Text(asProfiled[^1])}");
            Console.WriteLine($"  {ServingFigures.Text(asPaced[^1])} on machines as fast as steps were, {pace.Text}");
        }
        Console.WriteLine($"{load:p0}, medians of the {Rounds} rounds' errors");
        Console.WriteLine($"  {ServingFigures.Errors(asProfiled)}");
        Console.WriteLine($"  {ServingFigures.Errors(asPaced)} on machines as fast as steps were");
    }

    private SimulationResult Simulate(string plan, IReadOnlyList<MachineChange> machines, double stretch)
    {
        var first = machines[0].Profile;
        var planned = PlanSearch.Predict(_cost, first, new Workload(), PlanRequest.Parse(plan))!;
        return Simulator.Run(
            _cost,
            first,
            planned.Request,
            planned.StepTokensMax,
            Load(stretch),
            new SimulationOptions { Changes = machines }
        );
    }

    private static MachineChange[] Changes(IReadOnlyList<(double AtSeconds, string Profile)> states)
    {
        var profiles = states.Select(state => state.Profile).Distinct().ToDictionary(path => path, Parse);
        return [.. states.Select(state => new MachineChange(state.AtSeconds, profiles[state.Profile]))];
    }

    private static HardwareProfile Parse(string path) => ProfileFile.Parse(File.ReadAllText(path), path);

    private static string Text(IReadOnlyList<(double AtSeconds, string Profile)> states) =>
        $"{states.Select(state => state.Profile).Distinct().Count()} profiles, which change {states.Count - 1} times";

    private static string[] Objective(ServiceObjective objective) =>
        ["--slo-ttft", Text(objective.TtftSeconds!.Value), "--slo-tpot", Text(objective.TpotSeconds!.Value)];

    private JsonNode Serve(string url, int count, string[] more)
    {
        var client = Path.Combine(AppContext.BaseDirectory, "Tandem.Bench.Serve.dll");
        var report = _dotnet.Run(["exec", client, "--url", url, .. Load(count), .. more, "--json"]);
        return report["failed"]!.GetValue<int>() == 0
            ? report
            : throw new InvalidOperationException($"requests failed: {report}");
    }

    private IReadOnlyList<SimulatedRequest> Load(double stretch) =>
        SimulatedLoad.ReadTrace(trace, requests, double.Parse(Divide, CultureInfo.InvariantCulture), stretch);

    private string[] Load(int count) => ["--trace", trace, "--divide", Divide, "--requests", Text(count)];

    private static string Text(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}
