using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tandem.Bench.Parallel;

/// <summary>Runs <c>tandem</c> and reads the JSON object that it prints.</summary>
internal sealed class Runner(string tandem)
{
    public JsonNode Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(tandem, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonNode.Parse(output)!
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    /// <summary>Runs two plans in turn, so many times each, and gives a figure of every run.</summary>
    public (double[] First, double[] Second) Alternate(
        int pairs,
        Func<string[]> first,
        Func<string[]> second,
        Func<JsonNode, double> figure
    )
    {
        var (a, b) = (new double[pairs], new double[pairs]);
        for (var pair = 0; pair < pairs; pair++)
        {
            a[pair] = figure(Run(first()));
            b[pair] = figure(Run(second()));
        }
        return (a, b);
    }
}
