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
    private const double TtftSeconds = 2;
    private const double TpotOfUnloaded = 2;
    private const double SlowdownMin = 0.5;
    private const int SlowdownHalvings = 8;

    private static readonly double[] s_loads = [0.5, 0.8];

    private readonly JsonProgram _tandem = new(program);
    private readonly JsonProgram _dotnet = new("dotnet");
    private readonly ModelCost _cost = TimedRequest.CostOf(model);

    public void Print()
    {
        using var states = new MachineStates(_tandem);
        // All loads have the same prompts.
        string[] uncached = ["--prefix-cache", "off"];
        string[] serve = ["serve", "--model", model, "--port", "0", .. uncached, "--profile", states.Profile()];
        var start = new ProcessStartInfo(program, serve) { RedirectStandardOutput = true };
        using var server = Process.Start(start)!;
        try
        {
            var said = Said(server);
            Print(states, Part(said, "(http://[^ ,]+)"), Part(said, "plan ([^ ]+), "));
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

    private void Print(MachineStates states, string url, string plan)
    {
        var unloaded = Serve(url, UnloadedRequests, ["--arrival", "closed", "--clients", "1"]);
        var tpot = Figure(unloaded, "tpotMs", "p50") / 1e3 * TpotOfUnloaded;
        var closed = Serve(url, requests, ["--arrival", "closed", "--clients", Clients]);
        var bears = requests / closed["seconds"]!.GetValue<double>();
        Console.WriteLine(
            $"alone TPOT {tpot / TpotOfUnloaded * 1e3:f1} ms; {Clients} clients in a closed loop get {bears:f2} requests/s"
        );
        var asItIs = SimulatedLoad.RequestsPerSecond(Load(stretch: 1));
        foreach (var load in s_loads)
        {
            var stretch = asItIs!.Value / (load * bears);
            // A load takes minutes, in which a host may move the cores several times.
            var before = BusySeconds(url);
            var (real, seen) = states.Watch(() =>
                Serve(url, requests, ["--stretch", Text(stretch), .. Objective(tpot)])
            );
            var busy = BusySeconds(url) - before;
            Console.WriteLine(
                $"{load:p0} of that: simulated / real; medians of {seen.Count} simulations, the first with {Text(seen[0])}"
            );
            SimulationResult[] Simulated(double slowdown) =>
                [.. seen.Select(states => Simulate(plan, states, stretch, slowdown))];
            Print(Simulated(slowdown: 1), real, tpot);
            // What a profile said minutes before is not all that the machine did: by how much shows in the time that steps took for the same load.
            var slowdown = Slowdown(slowdown => Simulated(slowdown).Average(Busy), busy);
            Console.WriteLine(
                $"  and on machines {slowdown:f3} times as slow, on which steps take as long as they took"
            );
            Print(Simulated(slowdown), real, tpot);
        }
    }

    private SimulationResult Simulate(
        string plan,
        IReadOnlyList<(double AtSeconds, string Profile)> states,
        double stretch,
        double slowdown
    )
    {
        var profiles = states
            .Select(state => state.Profile)
            .Distinct()
            .ToDictionary(path => path, path => Slowed(ProfileFile.Parse(File.ReadAllText(path), path), slowdown));
        var first = profiles[states[0].Profile];
        var planned = PlanSearch.Predict(_cost, first, new Workload(), PlanRequest.Parse(plan))!;
        return Simulator.Run(
            _cost,
            first,
            planned.Request,
            planned.StepTokensMax,
            Load(stretch),
            new SimulationOptions
            {
                Changes =
                [
                    .. states.Skip(1).Select(state => new MachineChange(state.AtSeconds, profiles[state.Profile])),
                ],
            }
        );
    }

    private static HardwareProfile Slowed(HardwareProfile profile, double slowdown) =>
        profile with
        {
            Machines = [.. profile.Machines.Select(machine => machine with { Slowdown = machine.Slowdown * slowdown })],
        };

    // The slower the machine, the more requests share a step, so that time does not grow in proportion.
    private static double Slowdown(Func<double, double> simulatedSeconds, double seconds)
    {
        var (low, high) = (SlowdownMin, 1 / SlowdownMin);
        for (var halving = 0; halving < SlowdownHalvings; halving++)
        {
            var middle = Math.Sqrt(low * high);
            (low, high) = simulatedSeconds(middle) < seconds ? (middle, high) : (low, middle);
        }
        return Math.Sqrt(low * high);
    }

    private static double Busy(SimulationResult result) => result.BusySeconds.SelectMany(stages => stages).Sum();

    // What the server's stages have been at steps.
    private static double BusySeconds(string url)
    {
        using var client = new HttpClient();
        return client
            .GetStringAsync(new Uri(url + "/metrics"))
            .GetAwaiter()
            .GetResult()
            .Split('\n')
            .Where(line => line.StartsWith("tandem_stage_busy_seconds_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static void Print(SimulationResult[] simulated, JsonNode real, double tpot)
    {
        double Median(Func<SimulationResult, double> figure) => Spread.Of(simulated.Select(figure)).Median;
        Print("TTFT p50, ms", Median(one => one.Ttft(0.5)), Figure(real, "ttftMs", "p50"));
        Print("TTFT p95, ms", Median(one => one.Ttft(0.95)), Figure(real, "ttftMs", "p95"));
        Print("TPOT p50, ms", Median(one => one.Tpot(0.5)), Figure(real, "tpotMs", "p50"));
        Print("TPOT p95, ms", Median(one => one.Tpot(0.95)), Figure(real, "tpotMs", "p95"));
        var objective = new ServiceObjective(TtftSeconds, tpot);
        Console.WriteLine(
            $"  goodput      {Median(one => one.Goodput(objective)), 8:p1} / {real["goodput"]!.GetValue<double>(), 8:p1}"
        );
    }

    private static void Print(string name, double seconds, double milliseconds) =>
        Console.WriteLine(
            $"  {name} {seconds * 1e3, 8:f1} / {milliseconds, 8:f1} ({seconds * 1e3 / milliseconds - 1, 4:p0})"
        );

    private static string Text(IReadOnlyList<(double AtSeconds, string Profile)> states) =>
        $"{states.Select(state => state.Profile).Distinct().Count()} profiles, which change {states.Count - 1} times";

    private static string[] Objective(double tpot) => ["--slo-ttft", Text(TtftSeconds), "--slo-tpot", Text(tpot)];

    private static double Figure(JsonNode report, string figure, string share) =>
        report[figure]![share]!.GetValue<double>();

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
