using System.Threading.Channels;

namespace Tandem.Parallel;

/// <summary>
/// A stage while it runs. Its workers take the items in order and, in the same order, a place in the buffer for each
/// result; the place holds the promise of the result, so that the next stage sees the order whoever finishes first. An item stays
/// in the buffer that it is in until the place for its result is had: the place is the credit without which nothing is handed over.
/// </summary>
internal sealed class PipelineStage<TIn, TOut>(
    ChannelReader<Task<TIn>> input,
    ChannelWriter<Task<TOut>> output,
    Func<TIn, CancellationToken, ValueTask<TOut>> work,
    StageMeter meter,
    CancellationToken ending
) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>What each worker does until the input ends.</summary>
    public async Task WorkAsync()
    {
        while (await TakeAsync().ConfigureAwait(false) is { } taken)
        {
            var start = meter.Start();
            var result = await work(taken.Item, ending).ConfigureAwait(false);
            meter.Worked(start);
            meter.Finished();
            taken.Place.SetResult(result);
        }
    }

    public void Dispose() => _turn.Dispose();

    // One worker at a time, so that places are in the order of items.
    private async Task<Taken?> TakeAsync()
    {
        await _turn.WaitAsync(ending).ConfigureAwait(false);
        try
        {
            var start = meter.Start();
            if (!await input.WaitToReadAsync(ending).ConfigureAwait(false))
            {
                output.TryComplete();
                return null;
            }
            input.TryPeek(out var promised);
            var item = await promised!.WaitAsync(ending).ConfigureAwait(false);
            start = meter.WaitedForInput(start);
            // Without this option the next stage would run inside the worker that keeps the promise.
            var place = new TaskCompletionSource<TOut>(TaskCreationOptions.RunContinuationsAsynchronously);
            await output.WriteAsync(place.Task, ending).ConfigureAwait(false);
            input.TryRead(out _);
            meter.WaitedForRoom(start);
            return new Taken(item, place);
        }
        finally
        {
            _turn.Release();
        }
    }

    private readonly record struct Taken(TIn Item, TaskCompletionSource<TOut> Place);
}
