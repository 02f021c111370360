using System.Threading.Channels;

namespace Tandem.Parallel;

/// <summary>
/// Stages that work at the same time, each on another item, joined by bounded buffers: an item that leaves a stage is the input of
/// the next. Results come in the order of the source, whatever the number of workers.
/// </summary>
/// <example>
/// <code>
/// var figures = await Pipeline
///     .From(files)
///     .Stage("read", File.ReadAllBytes, workers: 2, buffer: 8)
///     .Stage("hash", SHA256.HashData, workers: 4, buffer: 8)
///     .RunAsync(hash => Console.WriteLine(Convert.ToHexString(hash)));
/// </code>
/// </example>
public static class Pipeline
{
    /// <summary>A pipeline whose items come from a sequence, which is enumerated by one thread at a time, once in each run.</summary>
    /// <param name="source">The items.</param>
    /// <param name="buffer">How many of them may wait for the first stage.</param>
    /// <param name="time">What the stages' figures are measured by; null for the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The buffer has no place.</exception>
    public static Pipeline<T> From<T>(IEnumerable<T> source, int buffer = 1, TimeProvider? time = null) =>
        From(source.ToAsyncEnumerable(), buffer, time);

    /// <summary>A pipeline whose items come from a sequence that may wait for them.</summary>
    /// <param name="source">The items.</param>
    /// <param name="buffer">How many of them may wait for the first stage.</param>
    /// <param name="time">What the stages' figures are measured by; null for the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The buffer has no place.</exception>
    public static Pipeline<T> From<T>(IAsyncEnumerable<T> source, int buffer = 1, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer, 1);
        return new Pipeline<T>(
            run =>
            {
                var output = Channel.CreateBounded<Task<T>>(buffer);
                var meter = run.AddMeter("source", 1);
                run.Start(1, () => ReadSourceAsync(source, output.Writer, meter, run.Ending));
                return output.Reader;
            },
            time ?? TimeProvider.System
        );
    }

    private static async Task ReadSourceAsync<T>(
        IAsyncEnumerable<T> source,
        ChannelWriter<Task<T>> output,
        StageMeter meter,
        CancellationToken ending
    )
    {
        var start = meter.Start();
        await foreach (var item in source.WithCancellation(ending).ConfigureAwait(false))
        {
            start = meter.Worked(start);
            await output.WriteAsync(Task.FromResult(item), ending).ConfigureAwait(false);
            meter.Finished();
            start = meter.WaitedForRoom(start);
        }
        output.Complete();
    }
}
