using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>
/// A copy of a model that other processes hold, as process 0 runs it: it sends every plan to rank 0 of the copy's first stage, and has
/// the results back from rank 0 of the last.
/// </summary>
internal sealed class RemoteRunner : IModelRunner
{
    // Number 0 is this process.
    private const int First = 1;

    private readonly ICommunicator _link;
    private readonly int _sampler;
    private readonly StepPlanCodec _codec = new();
    private readonly Message _plan = new();
    private readonly Message _sampled = new();
    private readonly StepResult _result;
    private readonly CopyFigures _figures;
    private bool _disposed;

    /// <summary>A runner.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="replica">The copy.</param>
    /// <param name="link">This process, and behind it those of the copy.</param>
    /// <param name="result">Room for a result.</param>
    public RemoteRunner(ProcessGroup group, int replica, ICommunicator link, StepResult result)
    {
        (Depth, _sampler, _link, _result) = (group.Layout.Stages, First + group.Sampler, link, result);
        _figures = new CopyFigures(group.Layout, replica);
    }

    /// <inheritdoc/>
    public int Depth { get; }

    /// <inheritdoc/>
    public IReadOnlyList<WorkerFigures> Workers => _figures.Workers;

    /// <inheritdoc/>
    public void Submit(StepPlan plan)
    {
        _codec.Write(plan, _plan);
        _plan.Send(_link, First);
    }

    /// <inheritdoc/>
    public StepResult Receive()
    {
        _sampled.Receive(_link, _sampler);
        StepResultCodec.Read(_sampled, _result);
        _figures.Read(_sampled);
        return _result;
    }

    /// <summary>Tells the copy's processes that no more will come.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        _plan.Clear();
        _plan.Send(_link, First);
    }
}
