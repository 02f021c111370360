using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>
/// A copy of a model whose workers are processes, as process 0 runs it: it tells the others of every plan, computes its own part, and
/// has the results back from rank 0 of the last stage.
/// </summary>
internal sealed class ProcessRunner : IModelRunner
{
    private readonly ProcessGroup _group;
    private readonly LoadedProcess _model;
    private readonly ProcessStage _stage;
    private readonly StepPlanCodec _codec = new();
    private readonly Message _plan = new();
    private readonly Message _result = new();
    private readonly StepResult _own;
    private bool _disposed;

    /// <summary>A runner.</summary>
    /// <param name="model">What this process holds; the runner disposes it.</param>
    /// <param name="reader">Reads results; null where another process does.</param>
    /// <param name="result">Room for a result: with one stage there is never more than one.</param>
    /// <param name="time">Measures steps.</param>
    public ProcessRunner(LoadedProcess model, IStepReader? reader, StepResult result, TimeProvider time)
    {
        (_model, _group, _own) = (model, model.Group, result);
        _stage = new ProcessStage(_group, model.Worker, reader, time);
    }

    /// <inheritdoc/>
    public int Depth => _group.Layout.Stages;

    /// <inheritdoc/>
    public IReadOnlyList<WorkerFigures> Workers => _stage.Figures.Workers;

    /// <inheritdoc/>
    /// <exception cref="InputException">The model gives no finite numbers.</exception>
    public void Submit(StepPlan plan)
    {
        _codec.Write(plan, _plan);
        _plan.Broadcast(_group.Ranks);
        _stage.Run(plan, _plan, _own);
    }

    /// <inheritdoc/>
    public StepResult Receive()
    {
        if (_group.Layout.Stages > 1)
        {
            _stage.TakeResult(_result, _own);
        }
        return _own;
    }

    /// <summary>Tells the others that no more will come, and releases the memory.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        _plan.Clear();
        _plan.Broadcast(_group.Ranks);
        _stage.PassOn(_plan, []);
        _model.Dispose();
    }
}
