using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Bench.Measuring;

// What splitting brings: ratios of plans, measured in turn in one run, beside what was asked of them.
//
//   dotnet run -c Release --project bench/parallel -- ./tandem SHORT.gguf LONG.gguf [PAIRS [ROW…]]
//
// SHORT is the shape tinyllama-1.1b in Q4_0, LONG is llama-3.2-1b in Q4_0, both from `tandem synth`. Two quiet cores.
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: parallel TANDEM SHORT.gguf LONG.gguf [PAIRS [ROW…]]");
    return 2;
}
var (runner, shortModel, longModel) = (new JsonProgram(args[0]), args[1], args[2]);
var pairs = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 9;
var wanted = args.Skip(4).ToHashSet();

bool Wants(string row) => wanted.Count == 0 || wanted.Contains(row);

string[] Bench(string model, string plan, params string[] more) =>
    ["bench", "--model", model, "--plan", plan, "--repeat", "1", "--json", .. more];

double Figure(JsonNode report, string name) => report[name]!.GetValue<double>();

double Median(IEnumerable<double> values) => Spread.Of(values).Median;

(double[] First, double[] Second) Alternate(Func<string[]> first, Func<string[]> second, string figure)
{
    var (a, b) = (new double[pairs], new double[pairs]);
    for (var pair = 0; pair < pairs; pair++)
    {
        a[pair] = Figure(runner.Run(first()), figure);
        b[pair] = Figure(runner.Run(second()), figure);
    }
    return (a, b);
}

void Report(string row, (double[] First, double[] Second) runs, double bar, string unit)
{
    double[] ratios = [.. runs.First.Zip(runs.Second, (a, b) => a / b).Order()];
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{row}: {Median(runs.First):f2} against {Median(runs.Second):f2} {unit}; ratio {Median(ratios):f3} ({ratios[0]:f3} to {ratios[^1]:f3}), asked {bar:f2}"
        )
    );
}

void Compare(string row, Func<string[]> first, Func<string[]> second, string figure, double bar)
{
    if (Wants(row.Split(' ')[0]))
    {
        Report(row, Alternate(first, second, figure), bar, "tokens/s");
    }
}

const string Prompts = "promptTokensPerSecond";
const string Generated = "generatedTokensPerSecond";
string[] promptOnly = ["--prompt", "512", "--generate", "2"];
string[] generateOnly = ["--prompt", "8", "--generate", "64"];
string[] eight = ["--prompt", "32", "--generate", "64", "--sequences", "8"];
string[] longPrompt = ["--prompt", "4096", "--generate", "2", "--context", "4352"];
string[] requests = ["--prompt", "256", "--generate", "2", "--sequences", "32"];

Compare(
    "tp-prompt tp=2 / tp=1",
    () => Bench(shortModel, "tp=2", promptOnly),
    () => Bench(shortModel, "tp=1", promptOnly),
    Prompts,
    1.8
);
if (Wants("tp-generate"))
{
    var (two, one, allowed, waits) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
    for (var pair = 0; pair < pairs; pair++)
    {
        var (a, b) = (
            runner.Run(Bench(shortModel, "tp=2", generateOnly)),
            runner.Run(Bench(shortModel, "tp=1", generateOnly))
        );
        two.Add(Figure(a, Generated));
        one.Add(Figure(b, Generated));
        allowed.Add(Figure(a, "ceilingGBs") / Figure(b, "ceilingGBs"));
        waits.Add(Figure(a, "waitMs") / (Figure(a, "waitMs") + Figure(a, "computeMs")));
    }
    Report("tp-generate tp=2 / tp=1", ([.. two], [.. one]), 0.95 * Median(allowed), "tokens/s");
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"  bandwidth of two cores / of one: {Median(allowed):f3}; waiting {Median(waits):p1} of a token, asked at most 5 %"
        )
    );
}
Compare(
    "threads tp=1,threads=2 / tp=2, generating",
    () => Bench(shortModel, "threads=2", generateOnly),
    () => Bench(shortModel, "tp=2", generateOnly),
    Generated,
    1
);
Compare(
    "threads tp=1,threads=2 / tp=2, prompts",
    () => Bench(shortModel, "threads=2", promptOnly),
    () => Bench(shortModel, "tp=2", promptOnly),
    Prompts,
    1
);

Compare(
    "pp-prompt pp=2 / pp=1, prompt 4096",
    () => Bench(longModel, "pp=2", longPrompt),
    () => Bench(longModel, "pp=1", longPrompt),
    Prompts,
    0.9 * 2 * 16 / 17
);
if (Wants("pp-generate"))
{
    var (stages, ranks, read) = (new List<JsonNode>(), new List<JsonNode>(), new List<double>());
    for (var pair = 0; pair < pairs; pair++)
    {
        stages.Add(runner.Run(Bench(shortModel, "pp=2", eight)));
        ranks.Add(runner.Run(Bench(shortModel, "tp=2", eight)));
        // Stages read their weights for four of the eight sequences at a time, and so twice as much a token as ranks.
        var bytes = 8 * Figure(ranks[pair], "bandwidthGBs") / Figure(ranks[pair], Generated);
        read.Add(Figure(stages[pair], Generated) / 4 * bytes / Figure(stages[pair], "ceilingGBs"));
    }
    double[] Of(List<JsonNode> runs, string figure) => [.. runs.Select(run => Figure(run, figure))];
    Report("pp-generate pp=2 / tp=2, 8 sequences", (Of(stages, Generated), Of(ranks, Generated)), 0.9, "tokens/s");
    var busy = stages[0]["runs"]![0]!["workerShares"]!.AsArray();
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"  busy: {string.Join(", ", busy.Select(stage => $"stage {stage!["stage"]} {Figure(stage, "busy"):p0}"))}; weights read at {string.Join(", ", read.Select(share => $"{share:p0}"))} of what memory gave, {string.Join(", ", Of(stages, "ceilingGBs").Select(ceiling => $"{ceiling:f0}"))} GB/s"
        )
    );
}
Compare(
    "dp-prompt dp=2 / dp=1, 32 requests",
    () => Bench(shortModel, "dp=2", requests),
    () => Bench(shortModel, "dp=1", requests),
    Prompts,
    1.9
);
Compare(
    "processes two processes / two threads, generating",
    () => Bench(shortModel, "tp=2", [.. generateOnly, "--workers", "processes"]),
    () => Bench(shortModel, "tp=2", generateOnly),
    Generated,
    0.85
);
if (Wants("dp-memory"))
{
    double Bytes(string plan) =>
        runner.Run("plan", "--model", shortModel, "--plan", plan, "--context", "2048", "--json")["workers"]!
            .AsArray()
            .Sum(worker =>
                (worker!["sharesWeights"]!.GetValue<bool>() ? 0 : Figure(worker, "weightBytes"))
                + Figure(worker, "bufferBytes")
            );
    var weights = runner.Run("plan", "--model", shortModel, "--plan", "dp=1", "--json")["workers"]!
        .AsArray()
        .Sum(worker => Figure(worker!, "weightBytes"));
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"dp-memory: dp=2 takes {(Bytes("dp=2") - Bytes("dp=1")) / weights:p1} of the weights more than dp=1, caches apart; asked at most 10 %"
        )
    );
}
return 0;
