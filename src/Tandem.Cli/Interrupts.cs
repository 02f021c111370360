using System.Runtime.InteropServices;

namespace Tandem.Cli;

/// <summary>
/// Ctrl-C. The first cancels what is going on, and the program ends in order; a second one ends it at once.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _program = new();
    private readonly PosixSignalRegistration _registration;
    private Func<bool> _onInterrupt;

    public Interrupts()
    {
        _onInterrupt = CancelProgram;
        _registration = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            context => context.Cancel = Volatile.Read(ref _onInterrupt)()
        );
    }

    /// <summary>Cancelled when the program is to end.</summary>
    public CancellationToken Token => _program.Token;

    /// <summary>
    /// Has a command decide what Ctrl-C does. The function tells whether it dealt with it; otherwise the program ends at once.
    /// </summary>
    public void Handle(Func<bool> onInterrupt) => Volatile.Write(ref _onInterrupt, onInterrupt);

    public void Dispose()
    {
        _registration.Dispose();
        _program.Dispose();
    }

    private bool CancelProgram()
    {
        var isFirst = !_program.IsCancellationRequested;
        _program.Cancel();
        return isFirst;
    }
}
