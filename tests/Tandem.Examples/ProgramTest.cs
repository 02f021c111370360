using System.Diagnostics;

namespace Tandem.Examples.Tests;

/// <summary>Each example, started as a reader starts it.</summary>
public sealed class ProgramTest : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-");

    [Fact]
    public async Task Gradients_trains_and_writes_a_network_that_Images_runs()
    {
        var network = Path.Combine(_folder.FullName, "network.onnx");

        var training = await RunAsync(
            "Gradients",
            "--steps",
            "20",
            "--batch",
            "16",
            "--workers",
            "2",
            "--out",
            network
        );
        var survey = await RunAsync("Images", "--count", "2000", "--workers", "2", "--compare", "--model", network);

        Assert.Contains("step    19", training);
        Assert.Contains("waiting for each other", training);
        Assert.Contains("1 worker:", survey);
        Assert.Contains("of 2000 right", survey);
    }

    [Fact]
    public async Task A_mistake_is_one_line()
    {
        Assert.Equal(
            "3 workers, expected 1, 2, 4 or 8: they share 8 shards\n",
            await RunAsync("Gradients", "--workers", "3")
        );
        Assert.Equal(
            "--images and --labels go together, found one of them\n",
            await RunAsync("Images", "--images", "F")
        );
        // Told before the training, whose network would be lost.
        Assert.Matches(
            "^[^\n]*nowhere/network.onnx cannot be written: [^\n]*\n$",
            await RunAsync("Gradients", "--steps", "1000000", "--out", "/nowhere/network.onnx")
        );
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // What it writes: its output where it succeeds, else its errors.
    private static async Task<string> RunAsync(string example, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, $"Tandem.Examples.{example}.dll");
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", program, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? await output : await error;
    }
}
