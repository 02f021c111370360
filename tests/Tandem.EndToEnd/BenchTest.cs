using System.Text.Json;

namespace Tandem.EndToEnd;

// Whether guesses pay depends on what steps take.
[Collection(nameof(AloneOnTheMachine))]
public class BenchTest
{
    private static readonly string[] s_short = ["--prompt", "8", "--generate", "8", "--repeat", "1"];

    [Fact]
    public async Task Figures_come_as_one_object_that_names_how_they_were_measured()
    {
        string[] arguments =
        [
            "bench",
            "--prompt",
            "40",
            "--generate",
            "6",
            "--depth",
            "70",
            "--sequences",
            "3",
            "--repeat",
            "2",
            "--threads",
            "1",
            "--json",
        ];
        var ended = await TandemProcess.RunAsync(arguments);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        using var report = JsonDocument.Parse(ended.Output);
        double Number(string name) => report.RootElement.GetProperty(name).GetDouble();
        string[] positive =
        [
            "promptTokensPerSecond",
            "generatedTokensPerSecond",
            "ttftMs",
            "tpotMs",
            "computeMs",
            "bandwidthGBs",
            "ceilingGBs",
        ];
        Assert.All(positive, name => Assert.True(Number(name) > 0, name));
        Assert.Equal(0, Number("waitMs"));
        Assert.Equal((3, 70), (Number("sequences"), Number("depth")));
        Assert.Equal("dp=1,pp=1,tp=1,threads=1", report.RootElement.GetProperty("plan").GetString());
        Assert.NotEmpty(report.RootElement.GetProperty("kernels").GetString()!);
        Assert.Equal(2, report.RootElement.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public async Task A_trace_has_a_row_for_every_worker_with_each_of_its_steps_one_after_the_other()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = [.. (string[])["bench", "--plan", "dp=2,pp=2,tp=2", "--sequences", "4"], .. s_short];
        var ended = await TandemProcess.RunAsync([.. arguments, "--trace", folder["trace"]]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        using var trace = JsonDocument.Parse(
            await File.ReadAllBytesAsync(folder["trace"], TestContext.Current.CancellationToken)
        );
        var rows = trace
            .RootElement.GetProperty("traceEvents")
            .EnumerateArray()
            .GroupBy(one => (Copy: one.GetProperty("pid").GetInt32(), Worker: one.GetProperty("tid").GetInt32()))
            .OrderBy(row => row.Key)
            .ToArray();
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (i / 4, i % 4)), rows.Select(row => row.Key));
        foreach (var row in rows)
        {
            var name = row.Single(one => one.GetProperty("name").GetString() == "thread_name");
            Assert.StartsWith(
                $"stage {row.Key.Worker / 2}, rank {row.Key.Worker % 2}, cpu",
                name.GetProperty("args").GetProperty("name").GetString()
            );
            var steps = row.Where(one => one.GetProperty("ph").GetString() == "X").ToArray();
            Assert.True(steps.Length > 8, $"{steps.Length} steps");
            var end = 0.0;
            foreach (var step in steps)
            {
                Assert.True(
                    step.GetProperty("ts").GetDouble() >= end,
                    "a step began before the one before it had ended"
                );
                end = step.GetProperty("ts").GetDouble() + step.GetProperty("dur").GetDouble() - 0.001;
            }
        }
    }

    [Fact]
    public async Task A_trace_that_cannot_be_written_takes_no_figures_with_it()
    {
        var ended = await TandemProcess.RunAsync(["bench", .. s_short, "--json", "--trace", "/nowhere/trace"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("tandem: /nowhere/trace: cannot be written: ", ended.Error);
        using var report = JsonDocument.Parse(ended.Output);
        Assert.Single(report.RootElement.GetProperty("runs").EnumerateArray());
    }

    [Theory]
    [InlineData("pp=2,tp=2", "threads")]
    [InlineData("tp=2", "processes")]
    [InlineData("dp=2,pp=2,tp=2", "processes")]
    public async Task Every_worker_tells_what_it_has_spent_its_time_on(string plan, string workers)
    {
        if (workers == "processes")
        {
            OpenMpi.Require();
        }
        var ended = await TandemProcess.RunAsync([
            .. (string[])["bench", "--plan", plan, "--workers", workers, "--json"],
            // So many tokens that whoever reads them, on a machine whose cores all wait for each other, is not woken behind the last one.
            .. (string[])["--sequences", "4", "--prompt", "8", "--generate", "200", "--repeat", "1"],
        ]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        using var report = JsonDocument.Parse(ended.Output);
        static (int, int, int) Name(JsonElement worker) =>
            (
                worker.GetProperty("replica").GetInt32(),
                worker.GetProperty("stage").GetInt32(),
                worker.GetProperty("rank").GetInt32()
            );
        var planned = report.RootElement.GetProperty("workers").EnumerateArray().ToArray();
        var shares = report.RootElement.GetProperty("runs")[0].GetProperty("workerShares").EnumerateArray().ToArray();
        Assert.Equal(planned.Select(Name), shares.Select(Name));
        Assert.All(planned, worker => Assert.True(worker.GetProperty("weightBytes").GetInt64() > 0));
        Assert.All(
            shares,
            worker =>
            {
                Assert.InRange(worker.GetProperty("busy").GetDouble(), double.Epsilon, 2);
                Assert.All(
                    (string[])["wait", "inputWait", "creditWait"],
                    // A wait counts when it ends, so one may reach in from before.
                    name => Assert.InRange(worker.GetProperty(name).GetDouble(), 0, 2)
                );
            }
        );
    }

    [Theory]
    [InlineData("--plan", "threads=1", "--sequences", "1", "--speculate", "off", true, true)]
    [InlineData("--plan", "threads=1", "--sequences", "3", "--speculate", "off", true, true)]
    [InlineData("--plan", "dp=2", "--sequences", "4", "--speculate", "off", true, true)]
    [InlineData("--plan", "threads=1", "--sequences", "1", "--speculate", "lookup", true, false)]
    [InlineData("--plan", "threads=1", "--sequences", "1", "--activations", "f32", false, false)]
    [InlineData("--plan", "threads=3", "--sequences", "1", "--speculate", "off", false, false)]
    public async Task What_was_measured_is_beside_what_the_profile_expected_of_the_same_load(
        string plan,
        string request,
        string sequences,
        string count,
        string option,
        string value,
        bool knowsTtft,
        bool knowsTpot
    )
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "one core leaves nothing to choose");
        using var folder = new TemporaryFolder();
        var cache = TestProfile.Keep(folder, TestProfile.TwoSlowCores(0));
        string[] bench = ["bench", "--prompt", "8", "--generate", "2", "--repeat", "1", "--json"];
        using var process = TandemProcess.Start([.. bench, plan, request, sequences, count, option, value], cache);
        process.Input.Close();
        var ended = await process.EndAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        using var report = JsonDocument.Parse(ended.Output);
        double? Number(string name) =>
            report.RootElement.GetProperty(name) is { ValueKind: JsonValueKind.Number } number
                ? number.GetDouble()
                : null;
        Assert.Equal("used", report.RootElement.GetProperty("profile").GetString());
        Assert.Equal((knowsTtft, knowsTpot), (Number("predictedTtftMs") > 0, Number("predictedTpotMs") > 0));
        // These cores are said to read 10 MB a second: the model inside takes them at least 50 ms a pass.
        Assert.All(
            new[] { Number("predictedTtftMs"), Number("predictedTpotMs") }.OfType<double>(),
            milliseconds => Assert.InRange(milliseconds, 50, 5000)
        );
    }

    [Fact]
    public async Task A_stale_profile_predicts_nothing_and_is_named()
    {
        using var folder = new TemporaryFolder();
        var cache = TestProfile.Keep(folder, TestProfile.OfAnotherMachine(TestProfile.TwoSlowCores(0)));
        string[] bench =
        [
            "bench",
            "--prompt",
            "8",
            "--generate",
            "2",
            "--repeat",
            "1",
            "--json",
            "--plan",
            "threads=1",
        ];
        using var process = TandemProcess.Start(bench, cache);
        process.Input.Close();
        var ended = await process.EndAsync();
        using var report = JsonDocument.Parse(ended.Output);
        Assert.Equal("stale", report.RootElement.GetProperty("profile").GetString());
        Assert.Equal(JsonValueKind.Null, report.RootElement.GetProperty("predictedTtftMs").ValueKind);
        Assert.Contains("is stale: it was measured on Other", ended.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_names_the_ceiling_beside_what_was_reached()
    {
        var ended = await TandemProcess.RunAsync(["bench", "--prompt", "8", "--generate", "2", "--repeat", "1"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("generated, tokens/s", ended.Output, StringComparison.Ordinal);
        Assert.Contains("that these cores read", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replayed_text_is_guessed_where_it_repeats_itself()
    {
        var ids = string.Join(',', Enumerable.Range(0, 120).Select(i => 5 + i % 20));
        string[] replay = ["bench", "--replay", ids, "--prompt", "40", "--repeat", "1", "--json"];
        async Task<JsonElement> Run(string speculate)
        {
            var ended = await TandemProcess.RunAsync([.. replay, "--speculate", speculate]);
            Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
            return JsonDocument.Parse(ended.Output).RootElement.Clone();
        }

        var off = await Run("off");
        var lookup = await Run("lookup");

        Assert.Equal((40, 79), (off.GetProperty("prompt").GetInt32(), off.GetProperty("generate").GetInt32()));
        Assert.Equal(JsonValueKind.Null, off.GetProperty("acceptance").ValueKind);
        Assert.Equal(1, off.GetProperty("tokensAStep").GetDouble());
        // The guesses of the last step go on behind what is replayed.
        Assert.InRange(lookup.GetProperty("acceptance").GetDouble(), 0.7, 1);
        Assert.InRange(lookup.GetProperty("tokensAStep").GetDouble(), 1.5, 16);
    }

    [Fact]
    public async Task What_is_replayed_must_be_long_enough()
    {
        var ended = await TandemProcess.RunAsync(["bench", "--replay", "5,6,7", "--prompt", "3"]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("--replay has 3 ids", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_context_in_which_the_sequences_cannot_all_generate_is_refused_in_one_line()
    {
        string[] arguments =
        [
            "bench",
            "--prompt",
            "30",
            "--generate",
            "60",
            "--context",
            "64",
            "--sequences",
            "2",
            "--repeat",
            "1",
            "--json",
        ];
        var ended = await TandemProcess.RunAsync(arguments);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("a context of 64", ended.Error, StringComparison.Ordinal);
        Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
