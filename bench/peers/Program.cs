using System.CommandLine;
using System.Globalization;
using Tandem.Bench.Peers;
using Tandem.Loading;

// This repository's program beside others, in alternating runs of the same file: medians, quartiles, ratios, shares of the ceilings.
// bench/README.md says how to call it.
var tandem = new Option<string>("--tandem") { Required = true, Description = "The program of this repository." };
var models = new Option<string[]>("--model")
{
    Required = true,
    AllowMultipleArgumentsPerToken = true,
    Description = "GGUF files.",
};
var threadCounts = new Option<int[]>("--threads")
{
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [1, 2],
};
var benches = Peer("--bench", "A peer's llama-bench, as \"NAME=PATH [OPTION…]\"; several times for several.");
var batched = Peer("--batched", "A peer's llama-batched-bench, the same way: for eight sequences at once.");
var servers = Peer("--server", "A peer's llama-server, the same way, where it has no llama-batched-bench.");
var rows = new Option<string[]>("--rows")
{
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => ["prompt", "generate"],
    Description = "prompt: 512 tokens; generate: 64; eight: 64 for each of eight sequences.",
};
rows.AcceptOnlyFromAmong("prompt", "generate", "eight");
var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 9 };
var tries = new Option<int>("--tries")
{
    DefaultValueFactory = _ => 4,
    Description = "How often a round may run in all while a ceiling moves by more than 8 %.",
};
var options = new Option<string>("--options")
{
    DefaultValueFactory = _ => "",
    Description = "More options for tandem bench, such as \"--kernels avx2\".",
};

var root = new RootCommand("Measures this repository's program beside others.")
{
    tandem,
    models,
    threadCounts,
    benches,
    batched,
    servers,
    rows,
    pairs,
    tries,
    options,
};
root.SetAction(parsed =>
{
    var time = TimeProvider.System;
    var ours = new TandemBench(parsed.GetValue(tandem)!, Words(parsed.GetValue(options)!));
    var triesMax = parsed.GetValue(tries);
    var wanted = parsed.GetValue(rows)!;
    Contender[] one =
    [
        ours,
        .. Named(parsed.GetValue(benches), (name, path, more) => new LlamaBench(name, path, more)),
    ];
    Contender[] many =
    [
        ours,
        new Alone(ours),
        .. Named(parsed.GetValue(batched), (name, path, more) => new LlamaBatchedBench(name, path, more)),
        .. Named(parsed.GetValue(servers), (name, path, more) => new LlamaServer(name, path, more, time)),
    ];
    var notes = new List<string>();
    Report.Begin();
    foreach (var model in parsed.GetValue(models)!)
    {
        foreach (var threads in parsed.GetValue(threadCounts)!)
        {
            using var file = WeightFile.Open(model);
            var ceilings = new Ceilings(file.Header, threads, time);
            var report = new Report(Path.GetFileName(model), threads, ceilings, notes);
            var (prompts, generates) = (wanted.Contains("prompt"), wanted.Contains("generate"));
            if (prompts || generates)
            {
                var row = new Row(prompts ? 512 : 0, generates ? 64 : 0);
                var rounds = new Comparison(one, ceilings, prompts, triesMax).Run(
                    model,
                    threads,
                    row,
                    parsed.GetValue(pairs)
                );
                report.Print(one, rounds, row, ours.Description);
            }
            if (wanted.Contains("eight"))
            {
                var row = new Row(32, 64, 8);
                var rounds = new Comparison(many, ceilings, false, triesMax).Run(
                    model,
                    threads,
                    row,
                    parsed.GetValue(pairs)
                );
                report.PrintSeveral(many, rounds, row, ours.Description);
            }
        }
    }
    foreach (var note in notes)
    {
        Console.WriteLine($"\n{note}");
    }
    return 0;
});
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return root.Parse(args).Invoke();

static Option<string[]> Peer(string name, string description) =>
    new(name) { DefaultValueFactory = _ => [], Description = description };

static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

static IEnumerable<Contender> Named(string[]? peers, Func<string, string, string[], Contender> make)
{
    foreach (var peer in peers ?? [])
    {
        var at = peer.IndexOf('=', StringComparison.Ordinal);
        var words = Words(peer[(at + 1)..]);
        if (at < 1 || words.Length == 0)
        {
            throw new ArgumentException($"found {peer}, expected NAME=PATH [OPTION…]");
        }
        yield return make(peer[..at], words[0], words[1..]);
    }
}
