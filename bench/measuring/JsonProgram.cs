using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tandem.Bench.Measuring;

/// <summary>A program that prints JSON, such as <c>tandem bench --json</c>.</summary>
public sealed class JsonProgram(string path)
{
    /// <summary>Runs it and reads what it prints, from the first bracket on.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; its errors went to standard error.</exception>
    public JsonNode Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonNode.Parse(output[Math.Max(0, output.IndexOfAny(['{', '[']))..])!
            : throw new InvalidOperationException(
                $"{path} {string.Join(' ', arguments)} ended with {process.ExitCode}"
            );
    }
}
