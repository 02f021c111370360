using System.Runtime.ExceptionServices;
using Tandem.Devices;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// The ranks of one stage as threads: whoever runs it is rank 0, the others wait for him. Where one fails, all end with its error.
/// </summary>
internal sealed class WorkerGroup : IDisposable
{
    private readonly ThreadGroup _group;
    private readonly Team _ranks;
    private readonly Action<int> _guarded;
    private Action<Worker>? _work;
    private Exception? _error;

    // Of the step under way.
    private StepPlan? _plan;
    private int _slot;
    private readonly Action<Worker> _forward;

    /// <summary>A stage, without buffers.</summary>
    /// <param name="plan">Who has what.</param>
    /// <param name="models">The weights of each rank.</param>
    /// <param name="options">How much is asked of it.</param>
    /// <param name="time">Measures steps.</param>
    public WorkerGroup(StagePlan plan, IReadOnlyList<Models.Model> models, ModelOptions options, TimeProvider time)
    {
        Plan = plan;
        var hasCores = plan.Workers[0].Cores.Count > 0;
        _group = new ThreadGroup(plan.Workers.Count, time, hasCores);
        Workers =
        [
            .. plan.Workers.Select((worker, rank) => new Worker(worker, models[rank], options, _group[rank], time)),
        ];
        _ranks = new Team(
            plan.Workers.Count,
            hasCores ? [.. plan.Workers.Select(worker => worker.Cores[0])] : [],
            time
        );
        _guarded = Guarded;
        _forward = worker => worker.Forward(_plan!, _slot);
    }

    /// <summary>What the stage has.</summary>
    public StagePlan Plan { get; }

    /// <summary>Its ranks.</summary>
    public IReadOnlyList<Worker> Workers { get; }

    /// <summary>Runs a step on all ranks.</summary>
    public void Forward(StepPlan plan, int slot)
    {
        (_plan, _slot) = (plan, slot);
        Run(_forward);
    }

    /// <summary>Does something on the thread of every rank.</summary>
    public void Run(Action<Worker> work)
    {
        _work = work;
        _ranks.Run(_guarded);
        if (_error is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Ends the threads and releases the memory, but not the weights.</summary>
    public void Dispose()
    {
        _ranks.Dispose();
        foreach (var worker in Workers)
        {
            worker.Dispose();
        }
    }

    private void Guarded(int rank)
    {
        try
        {
            _work!(Workers[rank]);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _error, error, null);
            _group.Fail(error);
        }
    }
}
