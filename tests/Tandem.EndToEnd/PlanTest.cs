using System.Text.Json;

namespace Tandem.EndToEnd;

/// <summary><c>tandem plan</c> says who would have what, whatever the workers are to be.</summary>
public class PlanTest
{
    [Theory]
    [InlineData("threads", 1)]
    [InlineData("processes", 8)]
    public async Task Every_worker_of_every_copy_is_named_with_what_it_has(string workers, int processes)
    {
        var plan = await PlanAsync("dp=2,pp=2,tp=2", workers);

        Assert.Equal(processes, plan.GetProperty("processes").GetInt32());
        var named = plan.GetProperty("workers").EnumerateArray().ToArray();
        Assert.Equal(
            from replica in Enumerable.Range(0, 2)
            from stage in Enumerable.Range(0, 2)
            from rank in Enumerable.Range(0, 2)
            select (replica, stage, rank),
            named.Select(worker => (Number(worker, "replica"), Number(worker, "stage"), Number(worker, "rank")))
        );
        // Threads of a second copy read the weights of the first.
        Assert.All(
            named,
            worker =>
                Assert.Equal(
                    workers == "threads" && Number(worker, "replica") == 1,
                    worker.GetProperty("sharesWeights").GetBoolean()
                )
        );
        var groups = plan.GetProperty("replicas")
            .EnumerateArray()
            .SelectMany(replica => replica.GetProperty("stages").EnumerateArray())
            .Select(stage => stage.GetProperty("communicator").GetString());
        Assert.Equal(4, groups.Distinct().Count());
    }

    [Fact]
    public async Task A_plan_says_of_every_rank_what_it_holds_and_of_every_queue_how_long_it_may_be()
    {
        var plan = await PlanAsync("pp=3,layers=1/3/2,tp=2", "threads");

        var replica = Assert.Single(plan.GetProperty("replicas").EnumerateArray());
        Assert.Equal(3, Number(replica, "stepsMax"));
        var stages = replica.GetProperty("stages").EnumerateArray().ToArray();
        Assert.Equal(["0+1", "1+3", "4+2"], stages.Select(stage => ShareOf(stage, "layers")));
        Assert.All(stages, stage => Assert.Equal(3, Number(stage, "inboxMax")));
        foreach (var (number, stage) in stages.Index())
        {
            var ranks = stage.GetProperty("ranks").EnumerateArray().ToArray();
            string[] Shares(string name) => [.. ranks.Select(rank => ShareOf(rank.GetProperty("share"), name))];
            Assert.Equal(["0+2", "2+2"], Shares("queryHeads"));
            Assert.Equal(["0+2", "2+2"], Shares("keyValueHeads"));
            Assert.Equal(["0+192", "192+160"], Shares("feedForward"));
            Assert.Equal(["0+0", "0+0"], Shares("experts"));
            // A stage in the middle has neither an embedding nor an output.
            Assert.Equal(number == 1 ? ["0+0", "0+0"] : ["0+1024", "1024+1024"], Shares("vocabulary"));
            Assert.All(ranks, rank => Assert.Matches("^cpu[:#][0-9]+$", rank.GetProperty("device").GetString()));
        }
        string[] sizes = ["weightBytes", "bufferBytes", "cacheBytes"];
        Assert.All(
            plan.GetProperty("workers").EnumerateArray(),
            worker => Assert.All(sizes, size => Assert.True(worker.GetProperty(size).GetInt64() > 0, size))
        );
    }

    [Fact]
    public async Task A_table_has_a_row_for_every_worker()
    {
        var ended = await TandemProcess.RunAsync(["plan", "--plan", "pp=3,tp=2,layers=1/3/2"]);

        Assert.Equal(0, ended.ExitCode);
        var rows = ended.Output.Split('\n');
        Assert.Contains(rows, row => row.Contains("feed-forward", StringComparison.Ordinal));
        foreach (var (stage, layers) in new[] { "0", "1-3", "4-5" }.Index())
        {
            var own = rows.Where(row => row.Contains($"replica 0, stage {stage}", StringComparison.Ordinal)).ToArray();
            Assert.Equal(2, own.Length);
            Assert.All(own, row => Assert.Contains($" {layers} ", row, StringComparison.Ordinal));
            // Neither experts nor, in the middle, rows of the vocabulary.
            Assert.Matches(stage == 1 ? "none +none" : "none +0-1023", own[0]);
        }
        Assert.Contains("steps at a time a copy: 3; ", rows[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_are_held_to_their_own_limit_and_the_one_that_is_too_big_is_named()
    {
        // What the runtime itself reserves is far below, and what is kept free for it is 256 MiB.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits of processes are Linux's");
        var ended = Shell.Run(
            $"ulimit -d 300000 && dotnet exec '{TandemProcess.Program}' plan --plan pp=2 --workers processes"
        );

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.Matches(
            "what stage [01], rank 0 has of its weights and buffers takes [0-9.]+ GB of memory .* and [0-9.]+ GB are free",
            ended.Error
        );
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    public async Task What_one_process_cannot_hold_is_refused_with_the_nearest_plan_that_can_be(string workers)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits of processes are Linux's");
        using var folder = new TemporaryFolder();
        string[] synth = ["synth", "--shape", "tinyllama-1.1b", "--format", "Q4_0", "--out", folder["model"]];
        Assert.Equal(0, (await TandemProcess.RunAsync(synth)).ExitCode);
        var needed = (await PlanAsync("tp=1", workers, "--model", folder["model"]))
            .GetProperty("workers")
            .EnumerateArray()
            .Sum(worker => worker.GetProperty("weightBytes").GetInt64() + worker.GetProperty("bufferBytes").GetInt64());
        // Beside the model: 256 MiB that are kept free, and what the runtime has by then.
        var limit = (needed * 6 / 10 + (400L << 20)) / 1024;
        Ended Limited(string options) =>
            Shell.Run(
                $"ulimit -d {limit} && dotnet exec '{TandemProcess.Program}' plan --model '{folder["model"]}' {options}"
            );

        var ended = Limited($"--plan tp=1 --workers {workers}");

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.Contains(
            "GB are free; the nearest plan that can be is dp=1,pp=2,tp=1,threads=1 with --workers processes",
            ended.Error,
            StringComparison.Ordinal
        );
        var offered = Limited("--plan dp=1,pp=2,tp=1,threads=1 --workers processes");
        Assert.True(offered.ExitCode == 0, offered.Error);
    }

    private static string ShareOf(JsonElement parent, string name)
    {
        var share = parent.GetProperty(name);
        return $"{Number(share, "first")}+{Number(share, "count")}";
    }

    private static int Number(JsonElement worker, string name) => worker.GetProperty(name).GetInt32();

    private static async Task<JsonElement> PlanAsync(string plan, string workers, params string[] more)
    {
        var ended = await TandemProcess.RunAsync(["plan", "--plan", plan, "--workers", workers, "--json", .. more]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return JsonDocument.Parse(ended.Output).RootElement;
    }
}
