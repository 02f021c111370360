using System.Text.Json.Nodes;
using Tandem.Bench.Measuring;

namespace Tandem.Bench.Peers;

/// <summary>A program that is measured: it runs a model once, and says how many tokens a second it read and generated.</summary>
internal abstract class Contender(string name)
{
    public string Name => name;

    /// <summary>One run. What the row does not ask for is left out where the program can.</summary>
    public abstract Figures Run(string model, int threads, Row row);

    protected static double Number(JsonNode node, string field) => node[field]!.GetValue<double>();
}

/// <summary>This repository's program.</summary>
internal sealed class TandemBench(string path, string[] more) : Contender("Tandem")
{
    private readonly JsonProgram _program = new(path);

    /// <summary>What the last run said of its plan and its kernels.</summary>
    public string Description { get; private set; } = "";

    public override Figures Run(string model, int threads, Row row)
    {
        string[] lengths = row.Sequences > 1 ? ["--sequences", $"{row.Sequences}"] : [];
        var report = _program.Run([
            "bench",
            "--model",
            model,
            "--threads",
            $"{threads}",
            "--repeat",
            "1",
            "--json",
            "--prompt",
            $"{Math.Max(row.Prompt, 8)}",
            "--generate",
            $"{Math.Max(row.Generate, 2)}",
            .. lengths,
            .. more,
        ]);
        Description = $"{report["plan"]}; {report["kernels"]}";
        return new Figures(Number(report, "promptTokensPerSecond"), Number(report, "generatedTokensPerSecond"));
    }
}

/// <summary>llama.cpp's <c>llama-bench</c>, or a program that prints the same.</summary>
internal sealed class LlamaBench(string name, string path, string[] more) : Contender(name)
{
    private readonly JsonProgram _program = new(path);

    public override Figures Run(string model, int threads, Row row)
    {
        var tests = _program
            .Run([
                "-m",
                model,
                "-t",
                $"{threads}",
                "-p",
                $"{row.Prompt}",
                "-n",
                $"{row.Generate}",
                "-r",
                "1",
                "-o",
                "json",
                .. more,
            ])
            .AsArray();
        double Speed(string length) =>
            tests.Where(test => Number(test!, length) > 0).Select(test => Number(test!, "avg_ts")).SingleOrDefault();
        return new Figures(Speed("n_prompt"), Speed("n_gen"));
    }
}
