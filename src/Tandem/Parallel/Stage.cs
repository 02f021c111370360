namespace Tandem.Parallel;

/// <summary>
/// A worker of a pipeline that does one thing to every item, in order, on a thread of its own. Its inbox is bounded: the stage
/// before it hands over only when there is room. An error in the work ends it, and whoever hands over next hears of it.
/// </summary>
internal sealed class Stage<T> : IDisposable
{
    private readonly Handover<T> _inbox;
    private readonly Action<T> _work;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="inboxMax">Items that may wait.</param>
    /// <param name="work">What is done to an item.</param>
    /// <param name="failed">Told the error that ended it.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="spinMicroseconds">How long it watches for the next item before it sleeps.</param>
    public Stage(
        string name,
        int inboxMax,
        Action<T> work,
        Action<Exception> failed,
        TimeProvider time,
        int spinMicroseconds
    )
    {
        (_work, _failed) = (work, failed);
        _inbox = new Handover<T>(inboxMax, time, spinMicroseconds);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Seconds that it has waited for something to do.</summary>
    public double InputWaitSeconds => _inbox.ItemWaitSeconds;

    /// <summary>Seconds that the one before it has waited for room here.</summary>
    public double CreditWaitSeconds => _inbox.CreditWaitSeconds;

    /// <summary>Hands over an item, when there is room.</summary>
    /// <exception cref="GroupFailedException">The stage has failed.</exception>
    public void Hand(T item) => _inbox.Put(item);

    /// <summary>Ends the thread after the item that it is at; those that wait are dropped.</summary>
    public void Dispose()
    {
        _inbox.Fail(new ObjectDisposedException(nameof(Stage<T>)));
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                _work(_inbox.Take());
            }
        }
        catch (GroupFailedException error) when (error.InnerException is ObjectDisposedException)
        {
            // That is how it is told to end.
        }
        catch (Exception error)
        {
            _inbox.Fail(error);
            _failed(error);
        }
    }
}
