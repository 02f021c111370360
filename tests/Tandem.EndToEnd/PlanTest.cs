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

    private static int Number(JsonElement worker, string name) => worker.GetProperty(name).GetInt32();

    private static async Task<JsonElement> PlanAsync(string plan, string workers)
    {
        var ended = await TandemProcess.RunAsync(["plan", "--plan", plan, "--workers", workers, "--json"]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return JsonDocument.Parse(ended.Output).RootElement;
    }
}
