using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tandem.EndToEnd;

/// <summary>A model that is too big for the memory of one process runs on two, and each holds what the plan says.</summary>
public sealed class WorkerMemoryTest : IDisposable
{
    private static readonly string[] s_synth = ["synth", "--shape", "tinyllama-1.1b", "--format"];
    private static readonly string[] s_logits = ["logits", "--tokens", "1,2,3,4,5", "--json"];

    private static readonly string[] s_sizes = ["--cache-memory", "16M", "--context", "500"];

    // Buffers take memory once their rows are used: of as many tokens as a step has.
    private static readonly string s_prompt = string.Join(',', Enumerable.Repeat("1,2,3,4", 100));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pp=2")]
    [InlineData("tp=2,share=2/1")]
    public async Task Every_process_holds_what_the_plan_says(string plan)
    {
        OpenMpi.Require();
        Assert.Equal(0, (await TandemProcess.RunAsync([.. s_synth, "Q4_0", "--out", _folder["model"]])).ExitCode);
        string[] options = ["--workers", "processes", "--json", .. s_sizes, "--model", _folder["model"]];
        var planned = await TandemProcess.RunAsync(["plan", "--plan", plan, .. options]);
        Assert.True(planned.ExitCode == 0, planned.Error);
        await HoldsWhatItSaysAsync(plan, WorkersIn(planned.Output));
    }

    // What the runtime takes, and what is kept free for it, must not matter: 4.4 GB of weights.
    [Fact]
    public async Task What_one_process_cannot_hold_two_can_and_hold_what_the_plan_says()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("TANDEM_TEST_ALL") == "1",
            "a model of 4.4 GB is made by ./test --all only"
        );
        OpenMpi.Require();
        Assert.Equal(0, (await TandemProcess.RunAsync([.. s_synth, "F32", "--out", _folder["model"]])).ExitCode);
        var whole = Limited("unlimited", "whole", "--threads 1");
        Assert.True(whole.ExitCode == 0, whole.Error);
        // Kept free for the runtime and the front end: 256 MiB, and what they have when the plan is made.
        var needed = WorkersIn(whole.Output).Single() + (400L << 20);
        var limit = (needed * 6 / 10 / 1024).ToString(CultureInfo.InvariantCulture);

        var refused = Limited(limit, "refused", "--threads 1");
        Assert.Equal(("", 1), (refused.Output, refused.ExitCode));
        Assert.Matches("take [0-9.]+ GB of memory .* and [0-9.]+ GB are free", refused.Error);

        var logits = await LogitsAsync("whole");
        foreach (var plan in new[] { "pp=2", "tp=2" })
        {
            var split = Limited(limit, plan, $"--plan {plan} --workers processes");
            Assert.True(split.ExitCode == 0, split.Error);
            var distance = Distance(await LogitsAsync(plan), logits);
            Assert.True(distance <= (plan == "pp=2" ? 0 : 1e-5), $"{plan}: {distance:g3}");
            await HoldsWhatItSaysAsync(plan, WorkersIn(split.Output));
        }
    }

    // Runs `logits` with a limit on the memory of each process, in KiB.
    private Ended Limited(string limit, string name, string options) =>
        Shell.Run(
            $"ulimit -d {limit} && dotnet exec '{TandemProcess.Program}' {string.Join(' ', s_logits)} --model '{_folder["model"]}' --out '{_folder[name]}' {options}"
        );

    // Beside what a process holds that has a model of next to nothing.
    private async Task HoldsWhatItSaysAsync(string plan, long[] planned)
    {
        var baseline = await HeldAsync(plan, 2500, ["--cache-memory", "16M", "--context", "2950"]);
        var held = await HeldAsync(plan, 99, [.. s_sizes, "--model", _folder["model"]]);
        foreach (var (number, bytes) in planned.Index())
        {
            var share = (double)(held[number] - baseline[number]) / bytes;
            Assert.True(share is > 0.9 and < 1.1, $"{plan}, process {number}: {share:p1} of the plan's {bytes} bytes");
        }
    }

    // Anonymous memory of each worker's process, in bytes, once it has begun to answer; the answer takes a while.
    private static async Task<long[]> HeldAsync(string plan, int answer, string[] options)
    {
        using var run = TandemProcess.Start([
            .. (string[])["run", "--plan", plan, "--workers", "processes", .. options],
            .. (string[])["--prompt-tokens", s_prompt, "--ignore-eos", "--max-tokens", $"{answer}"],
        ]);
        run.Input.Close();
        Assert.Equal(1, await run.Output.ReadAsync(new char[1], TestContext.Current.CancellationToken));
        long[] held = [.. OpenMpi.WorkersOf(run.Id).Values.Select(AnonymousBytes)];
        // Ended in order, nothing of it is left: neither processes nor files.
        Assert.Equal(0, Shell.Run($"kill -TERM {run.Id}").ExitCode);
        await run.EndAsync();
        return held;
    }

    private static long AnonymousBytes(int process)
    {
        const string Key = "RssAnon:";
        var line = File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith(Key));
        return 1024 * long.Parse(line[Key.Length..].Replace("kB", ""), CultureInfo.InvariantCulture);
    }

    private static long[] WorkersIn(string report)
    {
        using var json = JsonDocument.Parse(report);
        return
        [
            .. json
                .RootElement.GetProperty("workers")
                .EnumerateArray()
                .Select(worker =>
                    worker.GetProperty("weightBytes").GetInt64()
                    + worker.GetProperty("bufferBytes").GetInt64()
                    + worker.GetProperty("cacheBytes").GetInt64()
                ),
        ];
    }

    private async Task<float[]> LogitsAsync(string name) =>
        MemoryMarshal
            .Cast<byte, float>(await File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken))
            .ToArray();

    private static double Distance(float[] ours, float[] theirs)
    {
        Assert.Equal(theirs.Length, ours.Length);
        var difference = ours.Zip(theirs, (a, b) => Math.Pow(a - (double)b, 2)).Sum();
        return Math.Sqrt(difference / theirs.Sum(value => (double)value * value));
    }
}
