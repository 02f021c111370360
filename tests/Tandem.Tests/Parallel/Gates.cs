using System.Threading.Channels;

namespace Tandem.Tests.Parallel;

/// <summary>Work that goes on only when it is let through; a seed draws who of those that wait goes next.</summary>
internal sealed class Gates(int seed)
{
    private readonly Random _random = new(seed);
    private readonly Channel<TaskCompletionSource> _arrivals = Channel.CreateUnbounded<TaskCompletionSource>();

    /// <summary>Waits to be let through.</summary>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _arrivals.Writer.WriteAsync(gate, cancellationToken);
        await gate.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets through one after the other until the work as a whole has ended.</summary>
    public async Task OpenUntilAsync(Task end)
    {
        var waiting = new List<TaskCompletionSource>();
        while (!end.IsCompleted)
        {
            while (_arrivals.Reader.TryRead(out var gate))
            {
                waiting.Add(gate);
            }
            if (waiting.Count == 0)
            {
                await Task.WhenAny(end, _arrivals.Reader.WaitToReadAsync(CancellationToken.None).AsTask());
                continue;
            }
            var next = _random.Next(waiting.Count);
            waiting[next].SetResult();
            waiting.RemoveAt(next);
            for (var yields = _random.Next(4); yields > 0; yields--)
            {
                await Task.Yield(); // others may arrive in the meantime, or not
            }
        }
    }
}
