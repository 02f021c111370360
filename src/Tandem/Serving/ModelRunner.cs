using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// The stages of one copy of a model at work. The calling thread runs the first stage itself, so that a model in one piece
/// needs no other; each of the others has its own thread, and its inbox a bound. A step's residual stream goes from stage to
/// stage with it and is not copied.
/// </summary>
internal sealed class ModelRunner : IModelRunner
{
    // About as long as the other stages are at a token: a pinned thread has nothing better to do on its core than to watch for the next step, and
    // a core that has slept for some milliseconds is slow for a while.
    private const int SpinMicroseconds = 20_000;

    private readonly IReadOnlyList<WorkerGroup> _stages;
    private readonly Stage<Flight>[] _threads;
    private readonly Handover<StepResult> _results;
    private readonly StepResult[] _resultsInTurn;
    private readonly IStepReader _reader;
    private long _submitted;

    /// <summary>A runner of stages, which it disposes.</summary>
    /// <param name="stages">The stages, with their buffers.</param>
    /// <param name="reader">Reads what the last stage brings.</param>
    /// <param name="results">Makes room for a result.</param>
    /// <param name="time">Measures steps.</param>
    public ModelRunner(
        IReadOnlyList<WorkerGroup> stages,
        IStepReader reader,
        Func<StepResult> results,
        TimeProvider time
    )
    {
        (_stages, _reader) = (stages, reader);
        Depth = stages.Count;
        // One more than may be under way, for the one that the caller is reading.
        _resultsInTurn = [.. Enumerable.Range(0, Depth + 1).Select(_ => results())];
        // Without cores of their own there are more threads than cores.
        var spin = stages[0].Plan.Workers[0].Cores.Count > 0 ? SpinMicroseconds : 0;
        _results = new Handover<StepResult>(Depth, time, spin);
        _threads =
        [
            .. stages
                .Skip(1)
                .Select(
                    (stage, i) =>
                        new Stage<Flight>(
                            $"tandem {stage.Plan.Communicator}",
                            stage.Plan.InboxMax,
                            flight => Run(i + 1, flight),
                            _results.Fail,
                            time,
                            spin
                        )
                ),
        ];
    }

    /// <inheritdoc/>
    public int Depth { get; }

    /// <inheritdoc/>
    public IReadOnlyList<WorkerFigures> Workers =>
        [.. _stages.SelectMany((stage, index) => stage.Workers.Select(worker => FiguresOf(worker, index)))];

    /// <inheritdoc/>
    /// <exception cref="InputException">The model gives no finite numbers.</exception>
    public void Submit(StepPlan plan)
    {
        var flight = new Flight(plan, (int)(_submitted % Depth), _resultsInTurn[_submitted % _resultsInTurn.Length]);
        _submitted++;
        Run(0, flight);
    }

    /// <inheritdoc/>
    public StepResult Receive() => _results.Take();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var thread in _threads)
        {
            thread.Dispose();
        }
        foreach (var stage in _stages)
        {
            stage.Dispose();
        }
    }

    private WorkerFigures FiguresOf(Worker worker, int stage) =>
        new(
            worker.Plan.Replica,
            stage,
            worker.Plan.Slice.Rank,
            worker.BusySeconds,
            worker.WaitSeconds,
            // The first stage has something to do when the results of earlier steps are there.
            stage == 0
                ? _results.ItemWaitSeconds
                : _threads[stage - 1].InputWaitSeconds,
            stage < _threads.Length ? _threads[stage].CreditWaitSeconds : _results.CreditWaitSeconds
        );

    private void Run(int index, Flight flight)
    {
        var stage = _stages[index];
        stage.Forward(flight.Plan, flight.Slot);
        if (index + 1 < _stages.Count)
        {
            _threads[index].Hand(flight);
            return;
        }
        stage.Workers[0].Read(_reader, flight.Plan, flight.Result);
        _results.Put(flight.Result);
    }

    // A step on its way through the stages.
    private readonly record struct Flight(StepPlan Plan, int Slot, StepResult Result);
}
