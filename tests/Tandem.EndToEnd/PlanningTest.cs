using System.Text.Json;

namespace Tandem.EndToEnd;

/// <summary>Measuring a machine, planning for it and for others, and simulating loads.</summary>
public class PlanningTest
{
    private const string Server = "server-64-cores.json";

    // The model inside is too small for several cores.
    private const string Default = "one core has all";

    [Fact]
    public async Task A_machine_is_measured_once_and_plans_are_chosen_by_what_was_found()
    {
        using var folder = new TemporaryFolder();
        var cache = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path };
        var measured = await RunAsync(["profile", "--json"], cache);
        var profile = JsonDocument.Parse(measured.Output).RootElement;
        Assert.Equal(1, profile.GetProperty("version").GetInt32());
        var machine = Assert.Single(profile.GetProperty("machines").EnumerateArray());
        foreach (var format in machine.GetProperty("kernels").EnumerateObject())
        {
            Assert.All(
                format.Value.EnumerateArray(),
                rate => Assert.InRange(rate.GetProperty("gigaWeights").GetDouble(), 1e-6, 1e6)
            );
        }
        Assert.Equal(15, machine.GetProperty("kernels").EnumerateObject().Count());
        // Of one core there are no groups.
        var isAlone = machine.GetProperty("units").GetInt32() == 1;
        Assert.Equal(isAlone, machine.GetProperty("threadCollectives").GetArrayLength() == 0);
        Assert.InRange(machine.GetProperty("stepMicroseconds").GetDouble(), 0, 1e5);
        Assert.Equal(measured.Output, await File.ReadAllTextAsync(folder["tandem/profile.json"], Cancellation));

        var planned = JsonDocument.Parse((await RunAsync(["plan", "--json"], cache)).Output).RootElement;
        var expected = planned.GetProperty("expected").EnumerateArray().ToArray();
        Assert.Equal(planned.GetProperty("plan").GetString(), expected[0].GetProperty("plan").GetString());
        Assert.All(expected, one => Assert.InRange(one.GetProperty("ttftMs").GetDouble(), 1e-3, 1e6));
        Assert.NotEmpty(planned.GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task Groups_of_processes_are_measured_where_Open_MPI_is_installed()
    {
        OpenMpi.Require();
        using var folder = new TemporaryFolder();
        var cache = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path };
        // However busy the machine is.
        var ended = await RunAsync(["profile", "--json", "--processes-timeout", "10m"], cache);
        var machine = JsonDocument.Parse(ended.Output).RootElement.GetProperty("machines")[0];
        Assert.SkipWhen(machine.GetProperty("units").GetInt32() == 1, "one core has no groups");
        var operations = machine.GetProperty("processCollectives").EnumerateArray().ToArray();
        Assert.Contains(operations, one => one.GetProperty("operation").GetString() == "allReduce");
        Assert.NotEqual(0, machine.GetProperty("processSums").GetArrayLength());
        Assert.True(machine.GetProperty("processHandover").GetProperty("microseconds").GetDouble() >= 0);
    }

    [Fact]
    public async Task Groups_of_processes_that_take_too_long_to_measure_are_left_out()
    {
        OpenMpi.Require();
        using var folder = new TemporaryFolder();
        var cache = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path };
        var ended = await RunAsync(["profile", "--json", "--processes-timeout", "1ms"], cache);
        var machine = JsonDocument.Parse(ended.Output).RootElement.GetProperty("machines")[0];
        var isAlone = machine.GetProperty("units").GetInt32() == 1;
        Assert.Equal(!isAlone, ended.Error.Contains("they took longer than 0.001 s", StringComparison.Ordinal));
        Assert.Equal(JsonValueKind.Null, machine.GetProperty("processCollectives").ValueKind);
    }

    [Fact]
    public async Task Without_Open_MPI_a_profile_does_without_groups_of_processes_and_says_so()
    {
        // The starter is found nowhere there.
        using var folder = new TemporaryFolder();
        var environment = new Dictionary<string, string> { ["PATH"] = folder.Path, ["XDG_CACHE_HOME"] = folder.Path };
        var ended = await RunAsync(["profile", "--json"], environment);
        var machine = JsonDocument.Parse(ended.Output).RootElement.GetProperty("machines")[0];
        Assert.SkipWhen(machine.GetProperty("units").GetInt32() == 1, "one core has no groups");
        Assert.Contains("groups of processes are not measured", ended.Error, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, machine.GetProperty("processCollectives").ValueKind);
    }

    [Fact]
    public async Task Without_a_profile_nothing_is_predicted_and_one_line_says_so()
    {
        var asked = await RunAsync(["plan", "--plan", "tp=2"], null);
        Assert.StartsWith("nothing has been measured here", asked.Error, StringComparison.Ordinal);
        var none = await RunAsync(["plan", "--json", "--profile", "none"], null);
        Assert.False(JsonDocument.Parse(none.Output).RootElement.TryGetProperty("expected", out _));
        Assert.Equal("", none.Error);
        Assert.Equal(Environment.ProcessorCount > 1, none.Notice.Length > 0);
    }

    [Theory]
    [InlineData("run", "--prompt-tokens", "1,2,3", "--max-tokens", "2")]
    [InlineData("bench", "--prompt", "8", "--generate", "2", "--repeat", "1")]
    [InlineData("logits", "--tokens", "1,2,3", "--out", "/dev/null")]
    public async Task Where_nobody_has_measured_a_command_says_so_once_unless_it_was_told_its_plan(
        params string[] command
    )
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "one core leaves nothing to choose");
        var ended = await RunAsync(command, null);
        Assert.Equal(
            ($"no profile of this machine, so {Default}; 'tandem profile' measures it once\n", ""),
            (ended.Notice, ended.Error)
        );
        var auto = await RunAsync([.. command, "--plan", "auto", "--profile", "none"], null);
        Assert.Equal(($"no profile is used, so {Default}\n", ""), (auto.Notice, auto.Error));
        var told = await RunAsync([.. command, "--plan", "threads=2"], null);
        Assert.Equal(("", ""), (told.Notice, told.Error));
    }

    [Theory]
    [InlineData(1000.0, "tp=2,threads=1")]
    [InlineData(0.0, "tp=1,threads=2")]
    public async Task A_profile_chooses_the_plan_of_what_runs(double microsecondsOfTwoThreads, string plan)
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "one core leaves nothing to choose");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder["profile.json"],
            TestProfile.TwoSlowCores(microsecondsOfTwoThreads),
            Cancellation
        );
        string[] bench = ["bench", "--prompt", "8", "--generate", "2", "--repeat", "1", "--json"];
        var ended = await RunAsync([.. bench, "--profile", folder["profile.json"]], null);
        Assert.Equal(("", ""), (ended.Notice, ended.Error));
        var report = JsonDocument.Parse(ended.Output).RootElement;
        Assert.Equal($"dp=1,pp=1,{plan}", report.GetProperty("plan").GetString());
    }

    [Fact]
    public async Task Processes_have_the_plan_that_the_first_one_has_chosen()
    {
        OpenMpi.Require();
        Assert.SkipUnless(Environment.ProcessorCount > 1, "one core leaves nothing to choose");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["profile.json"], TestProfile.TwoSlowCores(1000), Cancellation);
        string[] logits = ["logits", "--tokens", "1,2,3", "--json", "--workers", "processes"];
        var ended = await RunAsync([.. logits, "--out", folder["logits"], "--profile", folder["profile.json"]], null);
        var report = JsonDocument.Parse(ended.Output).RootElement;
        Assert.Equal("dp=1,pp=1,tp=2,threads=1", report.GetProperty("plan").GetString());

        var alone = await RunAsync([.. logits, "--out", folder["logits"]], null);
        Assert.Equal($"no profile of this machine, so {Default}", alone.Notice.Split(';')[0]);
        Assert.Equal("", alone.Error);
    }

    [Fact]
    public async Task A_profile_of_another_machine_is_refused_where_it_was_named_and_left_aside_where_it_was_found()
    {
        using var folder = new TemporaryFolder();
        var text = await File.ReadAllTextAsync(Profile(Server), Cancellation);
        var cache = TestProfile.Keep(folder, TestProfile.OfAnotherMachine(text));

        var named = await EndAsync(["plan", "--profile", folder["tandem/profile.json"]], cache);
        Assert.Equal(1, named.ExitCode);
        Assert.Contains("was measured on Other, 3 cores", named.Error, StringComparison.Ordinal);
        var found = await RunAsync(["plan"], cache);
        Assert.Contains("is stale: it was measured on Other, 3 cores", found.Notice, StringComparison.Ordinal);
        Assert.Equal("", found.Error);
        // Where there is nothing to choose, something is predicted all the same.
        foreach (
            string[] told in (string[][])
                [
                    ["--plan", "threads=1"],
                    ["--threads", "1"],
                ]
        )
        {
            Assert.StartsWith(
                "the profile is not used, so nothing is predicted; profile 'one server of 64 cores",
                (await RunAsync(["plan", .. told], cache)).Notice,
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("eight-gpus.json")]
    [InlineData("eight-servers-10-gigabit.json")]
    [InlineData("eight-servers-100-gigabit.json")]
    [InlineData(Server)]
    public async Task Machines_that_one_does_not_have_are_planned_for(string profile)
    {
        var ended = await RunAsync(["plan", "--json", "--profile", Profile(profile)], null);
        var report = JsonDocument.Parse(ended.Output).RootElement;
        Assert.True(report.GetProperty("considered").GetInt32() > 10);
        Assert.False(report.TryGetProperty("workers", out _));
    }

    [Fact]
    public async Task A_load_is_simulated_with_its_timeline_and_its_picture()
    {
        using var folder = new TemporaryFolder();
        string[] simulate =
        [
            "simulate",
            "--profile",
            Profile(Server),
            "--plan",
            "pp=2,threads=8",
            "--requests",
            "50",
            "--rate",
            "20",
            "--slo",
            "ttft=1s,tpot=50ms",
            "--timeline",
            folder["timeline.json"],
            "--picture",
            folder["picture.svg"],
            "--json",
        ];
        var first = await RunAsync(simulate, null);
        var report = JsonDocument.Parse(first.Output).RootElement;
        Assert.Equal(50, report.GetProperty("requests").GetInt32());
        Assert.Equal(2, report.GetProperty("stagesBusy").GetArrayLength());
        Assert.InRange(report.GetProperty("goodput").GetDouble(), 0, 1);
        Assert.Equal(first.Output, (await RunAsync(simulate, null)).Output);
        var timeline = JsonDocument.Parse(await File.ReadAllTextAsync(folder["timeline.json"], Cancellation));
        Assert.True(timeline.RootElement.GetProperty("traceEvents").GetArrayLength() > 100);
        Assert.Contains(
            "stage 1",
            await File.ReadAllTextAsync(folder["picture.svg"], Cancellation),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_cheapest_plan_that_keeps_to_an_objective_is_found_with_the_load_at_which_it_breaks()
    {
        using var folder = new TemporaryFolder();
        var times = Enumerable.Range(0, 60).Select(i => $"2024-01-01 00:00:{i:00}.5,{100 + i * 7},{10 + i}");
        await File.WriteAllTextAsync(
            folder["trace.csv"],
            "time,prompt,answer\n" + string.Join('\n', times),
            Cancellation
        );
        string[] plan = ["plan", "--profile", Profile(Server), "--trace", folder["trace.csv"], "--requests", "60"];
        var objective = JsonDocument
            .Parse((await RunAsync([.. plan, "--slo", "ttft=10ms,tpot=5ms", "--json"], null)).Output)
            .RootElement;
        Assert.True(objective.GetProperty("meets").GetBoolean());
        Assert.NotEmpty(objective.GetProperty("plan").GetString()!);
        Assert.InRange(
            objective.GetProperty("breaksAtMultiple").GetDouble() / objective.GetProperty("keptAtMultiple").GetDouble(),
            1,
            1.02
        );
        var none = await RunAsync([.. plan, "--slo", "ttft=0.001ms"], null);
        Assert.Contains("with no plan 95 % of 60 requests keep to ttft=0.001ms", none.Output, StringComparison.Ordinal);
        Assert.Contains("comes nearest", none.Output, StringComparison.Ordinal);
        var without = await EndAsync(plan, null);
        Assert.Equal(1, without.ExitCode);
        Assert.Contains("found no --slo", without.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("time,prompt,answer\n2024-01-01 00:00:00,12\n", "line 2: found '2024-01-01 00:00:00,12'")]
    [InlineData("time,prompt,answer\n", "the load has no requests")]
    public async Task A_broken_trace_is_refused(string trace, string message)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["trace.csv"], trace, Cancellation);
        var ended = await EndAsync(["simulate", "--profile", Profile(Server), "--trace", folder["trace.csv"]], null);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("profile")]
    [InlineData("profile", "--json")]
    public async Task A_profile_is_kept_though_nobody_reads_what_is_printed_of_it(params string[] command)
    {
        using var folder = new TemporaryFolder();
        using var process = TandemProcess.Start(
            command,
            new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path }
        );
        await process.EndUnreadAsync();
        Assert.True(File.Exists(folder["tandem/profile.json"]));
    }

    [Fact]
    public async Task An_unwritable_cache_is_no_error()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], "no folder", Cancellation);
        var ended = await RunAsync(["profile"], new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder["file"] });
        Assert.Contains("the profile is not kept", ended.Error, StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Profile(string name) => Path.Combine(AppContext.BaseDirectory, "profiles", name);

    private static async Task<Ended> RunAsync(string[] arguments, Dictionary<string, string>? environment)
    {
        var ended = await EndAsync(arguments, environment);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return ended;
    }

    private static async Task<Ended> EndAsync(string[] arguments, Dictionary<string, string>? environment)
    {
        using var process = TandemProcess.Start(arguments, environment);
        process.Input.Close();
        return await process.EndAsync();
    }
}
