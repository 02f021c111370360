using System.Globalization;
using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Models;
using Tandem.Plans;

namespace Tandem.Planning;

/// <summary>Works out who has what when a model is split as somebody asks.</summary>
internal static class PlanMaker
{
    /// <summary>The plan, without a cache, whose size depends on the memory that is left.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="shape">What kind of decoder it is.</param>
    /// <param name="request">How it is to be split.</param>
    /// <param name="cores">Logical processors that may be used, one for each physical core.</param>
    /// <param name="limits">How it is to be run.</param>
    /// <exception cref="InputException">The model cannot be split so, or its header contradicts itself.</exception>
    public static Plan Make(
        ModelHeader header,
        DecoderShape shape,
        PlanRequest request,
        IReadOnlyList<int> cores,
        PlanLimits limits
    )
    {
        var cutter = new SliceCutter(header, shape);
        cutter.Check(request);
        var stages = cutter.Stages(request);
        var ranks = cutter.Ranks(request);
        var isOversubscribed = request.Workers * request.Threads > cores.Count;
        var first = new List<WorkerPlan>();
        for (var stage = 0; stage < stages.Length; stage++)
        {
            for (var rank = 0; rank < ranks.Length; rank++)
            {
                first.Add(Measure(header, shape, new ModelSlice(stages[stage], rank, ranks), stage, request, limits));
            }
        }
        return new Plan
        {
            Request = request,
            Cores = cores.Count,
            Replicas =
            [
                .. Enumerable
                    .Range(0, request.DataParallel)
                    .Select(replica =>
                        Replica(replica, first, stages, request, isOversubscribed ? [] : cores, limits.AreProcesses)
                    ),
            ],
        };
    }

    private static ReplicaPlan Replica(
        int replica,
        List<WorkerPlan> first,
        Share[] stages,
        PlanRequest request,
        IReadOnlyList<int> cores,
        bool areProcesses
    )
    {
        WorkerPlan Place(WorkerPlan worker, int index)
        {
            var at = (replica * first.Count + index) * request.Threads;
            int[] own = cores.Count == 0 ? [] : [.. cores.Skip(at).Take(request.Threads)];
            return worker with
            {
                Replica = replica,
                SharesWeights = replica > 0 && !areProcesses,
                Cores = own,
                Device = DeviceName(own, at),
            };
        }
        var workers = first.Select(Place).ToList();
        return new ReplicaPlan(
            replica,
            stages.Length,
            [
                .. stages.Select(
                    (layers, stage) =>
                        new StagePlan(
                            stage,
                            layers,
                            stages.Length,
                            string.Create(CultureInfo.InvariantCulture, $"replica {replica}, stage {stage}"),
                            [.. workers.Where(worker => worker.Stage == stage)]
                        )
                ),
            ]
        );
    }

    // Builds the worker's parts where nothing is allocated, and reads off what they would have taken.
    private static WorkerPlan Measure(
        ModelHeader header,
        DecoderShape shape,
        ModelSlice slice,
        int stage,
        PlanRequest request,
        PlanLimits limits
    )
    {
        using var weights = Arena.Measuring();
        var kernels = KernelSet.ForMeasuring(limits.Kernels, limits.ExactActivations);
        var model = new Model(header, shape, slice, weights, kernels);
        using var device = new CpuDevice(Arena.Measuring(), 1, [], limits.StepRowsMax, TimeProvider.System);
        // The residual streams, one a step under way, are the first stage's; processes have one each.
        var streams =
            limits.AreProcesses ? 1
            : slice.IsFirst ? request.PipelineParallel
            : 0;
        var hidden = streams > 0 ? model.NewHidden(device, streams)[0] : new Tensor(weights, 0, 0);
        _ = model.NewStep(device, hidden, limits.SampledRowsMax, wholeLogits: true);
        return new WorkerPlan
        {
            Replica = 0,
            Stage = stage,
            Slice = slice,
            Device = "",
            Cores = [],
            Threads = request.Threads,
            WeightBytes = weights.AllocatedBytes + model.WeightBytes,
            BufferBytes = device.Arena.AllocatedBytes,
            PageBytes = KvCache.PageBytes(shape, slice, limits.CacheType),
        };
    }

    private static string DeviceName(int[] cores, int first) =>
        cores.Length switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"cpu#{first}"),
            1 => string.Create(CultureInfo.InvariantCulture, $"cpu:{cores[0]}"),
            _ when cores[^1] - cores[0] == cores.Length - 1 => string.Create(
                CultureInfo.InvariantCulture,
                $"cpu:{cores[0]}-{cores[^1]}"
            ),
            _ => "cpu:" + string.Join('+', cores),
        };
}
