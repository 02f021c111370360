using System.Runtime.InteropServices;

namespace Tandem.Cli;

/// <summary>
/// Ctrl-C. The first cancels what is going on, and the program ends in order; a second one ends it at once. One that comes while the
/// program ends by itself does not change how it ends.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    // As long as the process: a signal may still be on its way when the command is done, and without a handler it kills.
    private static readonly CancellationTokenSource s_program = new();
    private static PosixSignalRegistration? s_registration;

    private Func<bool> _onInterrupt = CancelProgram;
    private bool _isLate;

    public Interrupts() =>
        s_registration = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            context => context.Cancel = Volatile.Read(ref _onInterrupt)()
        );

    /// <summary>Cancelled when the program is to end.</summary>
    public CancellationToken Token { get; } = s_program.Token;

    /// <summary>
    /// Has a command decide what Ctrl-C does. The function tells whether it dealt with it; otherwise the program ends at once.
    /// </summary>
    public void Handle(Func<bool> onInterrupt) => Volatile.Write(ref _onInterrupt, onInterrupt);

    /// <summary>The command is done.</summary>
    public void Dispose() => Handle(IgnoreFirst);

    private static bool CancelProgram()
    {
        var isFirst = !s_program.IsCancellationRequested;
        s_program.Cancel();
        return isFirst;
    }

    private bool IgnoreFirst() => !Interlocked.Exchange(ref _isLate, true);
}
