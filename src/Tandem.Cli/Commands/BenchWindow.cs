namespace Tandem.Cli.Commands;

/// <summary>
/// The time in which all sequences of a measurement generate: from the first token of the last one to start, until each
/// has made so many more. Whoever is ahead goes on meanwhile, so that the load is the same all through.
/// </summary>
/// <param name="sequences">Sequences that take part.</param>
/// <param name="generate">Tokens that each makes within the window; 0 ends it as it begins.</param>
/// <param name="time">Measures.</param>
internal sealed class BenchWindow(int sequences, int generate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly double[] _firstSeconds = new double[sequences];
    private readonly int[] _counts = new int[sequences];
    private readonly bool[] _started = new bool[sequences];
    private int _startedCount;
    private int _doneCount;
    private long _from;

    /// <summary>From the beginning to each sequence's first token, on average.</summary>
    public double MeanFirstSeconds => _firstSeconds.Average();

    /// <summary>From the beginning to the last of the first tokens.</summary>
    public double LastFirstSeconds => _firstSeconds.Max();

    /// <summary>Length of the window.</summary>
    public double Seconds { get; private set; }

    /// <summary>Tokens of all sequences within it.</summary>
    public int Tokens { get; private set; }

    /// <summary>Whether it is over.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Takes note of a token; returns what has changed with it.</summary>
    public BenchMoment Take(int sequence)
    {
        lock (_lock)
        {
            if (IsClosed)
            {
                return BenchMoment.None;
            }
            if (!_started[sequence])
            {
                return Start(sequence);
            }
            if (_startedCount < sequences)
            {
                return BenchMoment.None;
            }
            Tokens++;
            _doneCount += ++_counts[sequence] == generate ? 1 : 0;
            return _doneCount == sequences ? Close() : BenchMoment.None;
        }
    }

    private BenchMoment Start(int sequence)
    {
        _started[sequence] = true;
        _firstSeconds[sequence] = time.GetElapsedTime(_start).TotalSeconds;
        if (++_startedCount < sequences)
        {
            return BenchMoment.None;
        }
        _from = time.GetTimestamp();
        return generate == 0 ? Close() : BenchMoment.Opened;
    }

    private BenchMoment Close()
    {
        IsClosed = true;
        Seconds = time.GetElapsedTime(_from).TotalSeconds;
        return BenchMoment.Closed;
    }
}
