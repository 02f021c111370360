using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Scheduling;

namespace Tandem.Tests.Serving;

/// <summary>A fake model as a runner: steps can be held up, and can fail.</summary>
internal sealed class FakeRunner(FakeModel model, StepResult result, int depth = 1) : IModelRunner
{
    private readonly Queue<StepPlan> _plans = new();
    private readonly ManualResetEventSlim _open = new(initialState: true);

    public int Depth => depth;

    public IReadOnlyList<WorkerFigures> Workers => [];

    /// <summary>What the next step throws.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Runs at every step.</summary>
    public Action<StepPlan> OnStep { get; set; } = _ => { };

    public bool IsDisposed { get; private set; }

    /// <summary>Steps wait from now on.</summary>
    public void Hold() => _open.Reset();

    /// <summary>Steps go on.</summary>
    public void Release() => _open.Set();

    public void Submit(StepPlan plan) => _plans.Enqueue(plan);

    public StepResult Receive()
    {
        _open.Wait();
        if (Fault is not null)
        {
            throw Fault;
        }
        var plan = _plans.Dequeue();
        model.Run(plan, result);
        OnStep(plan);
        (result.ComputeSeconds, result.WaitSeconds) = (0.01, 0);
        return result;
    }

    public void Dispose() => IsDisposed = true;
}
