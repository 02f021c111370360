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

    private static int Number(JsonElement worker, string name) => worker.GetProperty(name).GetInt32();

    private static async Task<JsonElement> PlanAsync(string plan, string workers, params string[] more)
    {
        var ended = await TandemProcess.RunAsync(["plan", "--plan", plan, "--workers", workers, "--json", .. more]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return JsonDocument.Parse(ended.Output).RootElement;
    }
}
