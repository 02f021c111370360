using System.Runtime.InteropServices;

namespace Tandem.Cli;

/// <summary>
/// SIGTERM and Ctrl-C while a server runs. The first has it come to an end in order; a second one ends the program at once.
/// </summary>
internal sealed class ServeSignals : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _terminate;

    /// <summary>Begins to listen for them.</summary>
    /// <param name="interrupts">Where Ctrl-C comes in.</param>
    public ServeSignals(Interrupts interrupts)
    {
        interrupts.Handle(TakeFirst);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = TakeFirst());
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _ending.Token;

    /// <summary>Completes with the first signal.</summary>
    public Task Ended => _ended.Task;

    public void Dispose()
    {
        _terminate.Dispose();
        _ending.Dispose();
    }

    private bool TakeFirst()
    {
        if (!_ended.TrySetResult())
        {
            return false;
        }
        _ending.Cancel();
        return true;
    }
}
