namespace Tandem.Parallel;

/// <summary>One run of a pipeline: its workers, and a meter for each stage, in the stages' order.</summary>
internal sealed class PipelineRun(TimeProvider time, CancellationToken cancellationToken) : IDisposable
{
    private readonly WorkGroup _group = new(cancellationToken);
    private readonly List<StageMeter> _meters = [];
    private readonly List<IDisposable> _owned = [];

    /// <summary>Cancelled when all stages are to end.</summary>
    public CancellationToken Ending => _group.Ending;

    /// <summary>Adds the meter of the next stage.</summary>
    public StageMeter AddMeter(string name, int workers)
    {
        var meter = new StageMeter(name, workers, time);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>Has something disposed when the run is over.</summary>
    public void Own(IDisposable owned) => _owned.Add(owned);

    /// <summary>Starts a stage's workers.</summary>
    public void Start(int workers, Func<Task> work)
    {
        for (var i = 0; i < workers; i++)
        {
            _group.Start(work);
        }
    }

    /// <summary>Waits until all workers have ended.</summary>
    public async Task<IReadOnlyList<StageFigures>> WhenEndedAsync()
    {
        await _group.WhenEndedAsync().ConfigureAwait(false);
        return [.. _meters.Select(meter => meter.Figures)];
    }

    public void Dispose()
    {
        _group.Dispose();
        _owned.ForEach(owned => owned.Dispose());
    }
}
