using System.Threading.Channels;

namespace Tandem.Parallel;

/// <summary>
/// A pipeline as far as it has been described; nothing happens before <c>RunAsync</c>. It never changes, so it may be
/// continued in several ways and run several times.
/// </summary>
/// <remarks>
/// A run is over when nothing of it runs any more, also where it fails: whatever waits within the source, a stage or the sink must wait
/// with the token that it is given, or it holds the run up.
/// </remarks>
/// <typeparam name="T">What its last stage makes.</typeparam>
public sealed class Pipeline<T>
{
    private readonly Func<PipelineRun, ChannelReader<Task<T>>> _start;
    private readonly TimeProvider _time;

    internal Pipeline(Func<PipelineRun, ChannelReader<Task<T>>> start, TimeProvider time) =>
        (_start, _time) = (start, time);

    /// <summary>Adds a stage that computes.</summary>
    /// <param name="name">What its figures are called by.</param>
    /// <param name="work">Makes one item of one item; called by thread-pool threads, by several at the same time where there are several workers.</param>
    /// <param name="workers">How many items it may work on at the same time.</param>
    /// <param name="buffer">How many results may be in the works or waiting for the next stage; null for twice the workers.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no worker, or fewer places in the buffer than workers.</exception>
    public Pipeline<TNext> Stage<TNext>(string name, Func<T, TNext> work, int workers = 1, int? buffer = null) =>
        Stage(name, (item, _) => ValueTask.FromResult(work(item)), workers, buffer);

    /// <summary>Adds a stage that may wait for something.</summary>
    /// <param name="name">What its figures are called by.</param>
    /// <param name="work">Makes one item of one item. Its token is cancelled when the pipeline is to end.</param>
    /// <param name="workers">How many items it may work on at the same time.</param>
    /// <param name="buffer">How many results may be in the works or waiting for the next stage; null for twice the workers.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no worker, or fewer places in the buffer than workers.</exception>
    public Pipeline<TNext> Stage<TNext>(
        string name,
        Func<T, CancellationToken, ValueTask<TNext>> work,
        int workers = 1,
        int? buffer = null
    )
    {
        var places = buffer ?? 2 * workers;
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(places, workers, nameof(buffer));
        return new Pipeline<TNext>(
            run =>
            {
                var input = _start(run);
                var output = Channel.CreateBounded<Task<TNext>>(places);
                var meter = run.AddMeter(name, workers);
                var stage = new PipelineStage<T, TNext>(input, output.Writer, work, meter, run.Ending);
                run.Own(stage);
                run.Start(workers, stage.WorkAsync);
                return output.Reader;
            },
            _time
        );
    }

    /// <summary>Runs the pipeline to the end of its source.</summary>
    /// <param name="sink">Takes the results, one at a time and in order. While it does not return, no more than the buffers hold is made.</param>
    /// <param name="cancellationToken">Ends all stages.</param>
    /// <returns>The figures of the source, of each stage and of the sink, in this order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="Exception">Whatever the source, a stage or the sink was the first to throw; it has ended all others.</exception>
    public Task<IReadOnlyList<StageFigures>> RunAsync(Action<T> sink, CancellationToken cancellationToken = default) =>
        RunAsync(
            (item, _) =>
            {
                sink(item);
                return ValueTask.CompletedTask;
            },
            cancellationToken
        );

    /// <summary>Runs the pipeline to the end of its source, into a sink that may wait for something.</summary>
    /// <param name="sink">Takes the results, one at a time and in order. Its token is cancelled when the pipeline is to end.</param>
    /// <param name="cancellationToken">Ends all stages.</param>
    /// <returns>The figures of the source, of each stage and of the sink, in this order, when nothing of the pipeline runs any more.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="Exception">Whatever the source, a stage or the sink was the first to throw; it has ended all others.</exception>
    public async Task<IReadOnlyList<StageFigures>> RunAsync(
        Func<T, CancellationToken, ValueTask> sink,
        CancellationToken cancellationToken = default
    )
    {
        using var run = new PipelineRun(_time, cancellationToken);
        var results = _start(run);
        var meter = run.AddMeter("sink", 1);
        run.Start(1, () => DrainAsync(results, sink, meter, run.Ending));
        return await run.WhenEndedAsync().ConfigureAwait(false);
    }

    private static async Task DrainAsync(
        ChannelReader<Task<T>> results,
        Func<T, CancellationToken, ValueTask> sink,
        StageMeter meter,
        CancellationToken ending
    )
    {
        var start = meter.Start();
        await foreach (var promised in results.ReadAllAsync(ending).ConfigureAwait(false))
        {
            var item = await promised.WaitAsync(ending).ConfigureAwait(false);
            start = meter.WaitedForInput(start);
            await sink(item, ending).ConfigureAwait(false);
            meter.Finished();
            start = meter.Worked(start);
        }
    }
}
