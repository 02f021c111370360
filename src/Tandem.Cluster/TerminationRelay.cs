using System.Runtime.InteropServices;

namespace Tandem.Cluster;

/// <summary>
/// Passes the first SIGTERM on to a process that comes to its end in order, and with it this one; a second one ends this process as ever.
/// </summary>
internal sealed partial class TerminationRelay : IDisposable
{
    private const int Terminate = 15;

    private readonly Func<int?> _process;
    private readonly PosixSignalRegistration _registration;
    private bool _hasPassed;

    /// <summary>Begins to listen for it.</summary>
    /// <param name="process">The process's id; null while there is none, when the signal has its usual effect.</param>
    public TerminationRelay(Func<int?> process)
    {
        _process = process;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = TryPass());
    }

    public void Dispose() => _registration.Dispose();

    // Signals come one after the other.
    private bool TryPass()
    {
        if (_hasPassed || _process() is not { } process)
        {
            return false;
        }
        _hasPassed = Kill(process, Terminate) == 0;
        return _hasPassed;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
