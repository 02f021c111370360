using CsCheck;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Tests.Planning.Search;

/// <summary>How long stages are expected to take: those that are alike are computed once, which must change no time.</summary>
public sealed class StageTimerTest
{
    private static readonly Gen<(UnitMap Units, PlanRequest Request, int Busy)> s_case =
        from counts in Gen.Int[1, 3].Array[1, 3]
        from units in Gen.Int[1, 4].Array[counts.Length]
        from slowdowns in Gen.Int[1, 2].Array[counts.Length]
        from copies in Gen.Int[1, 2]
        from stages in Gen.Int[1, 6]
        from ranks in Gen.Int[1, 4]
        from threads in Gen.Int[1, 2]
        from busy in Gen.Int[1, 4]
        let machines = counts.Select(
            (count, i) => TestMachines.Machine(units[i], slowdown: slowdowns[i]) with { Count = count }
        )
        select (
            new UnitMap(TestMachines.Profile([.. machines])),
            new PlanRequest
            {
                DataParallel = copies,
                PipelineParallel = stages,
                TensorParallel = ranks,
                Threads = threads,
            },
            busy
        );

    [Fact]
    public void A_stage_takes_as_long_as_if_none_were_like_it()
    {
        var timer = new StepTimer(TestMachines.Model(7), new(20, 1.25), areProcesses: false);
        var memory = new MemoryModel(timer.Cost, new Workload(), 512, areProcesses: false);
        var load = StepLoad.Generating(3, 100);
        var placed = 0;
        s_case.Sample(
            one =>
            {
                var (units, request, busy) = one;
                if (new Placer(timer, units, new Workload(), memory).Place(request) is not { } found)
                {
                    return;
                }
                Interlocked.Increment(ref placed);
                var used = request.Workers * request.Threads;
                foreach (var stages in found.Replicas)
                {
                    var alone = stages.Select(
                        (stage, i) => new StageTimer(timer, stage, i == stages.Count - 1, units, used).Time(load, busy)
                    );
                    Assert.Equal(alone, new ReplicaTimer(timer, stages, units, used).Times(load, busy));
                }
            },
            iter: 2_000
        );
        Assert.InRange(placed, 100, 2_000);
    }
}
