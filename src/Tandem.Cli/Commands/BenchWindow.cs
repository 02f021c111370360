namespace Tandem.Cli.Commands;

/// <summary>
/// The time in which all sequences of a measurement generate: from the first token of the last one to start, until each
/// has made so many more. Whoever is ahead goes on meanwhile, so that the load is the same all through. Times are those at which tokens
/// were made: whoever reads them may be woken late.
/// </summary>
/// <param name="sequences">Sequences that take part.</param>
/// <param name="generate">Tokens that each makes within the window; 0 ends it as it begins.</param>
internal sealed class BenchWindow(int sequences, int generate)
{
    private readonly Lock _lock = new();
    private readonly double[] _firstSeconds = new double[sequences];
    private readonly int[] _counts = new int[sequences];
    private readonly bool[] _started = new bool[sequences];
    private int _startedCount;
    private int _doneCount;

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
    /// <param name="sequence">Whose it is.</param>
    /// <param name="seconds">When it was made, from the beginning of the measurement.</param>
    public BenchMoment Take(int sequence, double seconds)
    {
        lock (_lock)
        {
            if (IsClosed)
            {
                return BenchMoment.None;
            }
            if (!_started[sequence])
            {
                return Start(sequence, seconds);
            }
            if (_startedCount < sequences || seconds <= LastFirstSeconds)
            {
                return BenchMoment.None;
            }
            Tokens++;
            _doneCount += ++_counts[sequence] == generate ? 1 : 0;
            return _doneCount == sequences ? Close(seconds) : BenchMoment.None;
        }
    }

    private BenchMoment Start(int sequence, double seconds)
    {
        _started[sequence] = true;
        _firstSeconds[sequence] = seconds;
        if (++_startedCount < sequences)
        {
            return BenchMoment.None;
        }
        return generate == 0 ? Close(seconds) : BenchMoment.Opened;
    }

    private BenchMoment Close(double seconds)
    {
        IsClosed = true;
        Seconds = seconds - LastFirstSeconds;
        return BenchMoment.Closed;
    }
}
