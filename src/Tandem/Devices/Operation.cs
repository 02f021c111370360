namespace Tandem.Devices;

/// <summary>
/// One operation of a step, cut into tiles that can be computed in any order by any thread. Each kind keeps its own
/// objects from step to step, so that enqueueing allocates nothing.
/// </summary>
internal abstract class Operation
{
    /// <summary>How many tiles there are.</summary>
    public int Tiles { get; protected set; }

    /// <summary>
    /// Whether the device's first thread alone may run it: it meets other ranks, and what they meet through may want to be
    /// called from one thread.
    /// </summary>
    public virtual bool OnFirstThread => false;

    /// <summary>Computes the tiles from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    public abstract void Run(int first, int end);
}
