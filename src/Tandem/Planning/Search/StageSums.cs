namespace Tandem.Planning.Search;

/// <summary>What neighbouring layers would cost a stage, from running sums over all of them.</summary>
internal sealed class StageSums
{
    private readonly double[] _seconds;
    private readonly double[] _bytes;

    /// <summary>The costs of each layer on a stage's devices.</summary>
    /// <param name="seconds">Seconds of each layer.</param>
    /// <param name="headSeconds">Seconds of the output, which the last layer's stage has.</param>
    /// <param name="bytes">Memory of each layer.</param>
    /// <param name="embeddingBytes">Memory of what comes before the first layer.</param>
    /// <param name="headBytes">Memory of what comes behind the last.</param>
    /// <param name="freeBytes">Memory that there is for them.</param>
    public StageSums(
        IReadOnlyList<double> seconds,
        double headSeconds,
        IReadOnlyList<double> bytes,
        double embeddingBytes,
        double headBytes,
        double freeBytes
    )
    {
        Layers = seconds.Count;
        FreeBytes = freeBytes;
        _seconds = Sums(seconds, 0, headSeconds);
        _bytes = Sums(bytes, embeddingBytes, headBytes);
    }

    /// <summary>Layers of the model.</summary>
    public int Layers { get; }

    /// <summary>Memory that there is.</summary>
    public double FreeBytes { get; }

    /// <summary>Seconds of layers [first, end).</summary>
    public double Seconds(int first, int end) => _seconds[end] - _seconds[first];

    /// <summary>Bytes of layers [first, end).</summary>
    public double Bytes(int first, int end) => _bytes[end] - (first == 0 ? 0 : _bytes[first]);

    /// <summary>Whether the stage can take layers [first, end) within a time and its memory.</summary>
    public bool Fits(int first, int end, double seconds) =>
        Seconds(first, end) <= seconds && Bytes(first, end) <= FreeBytes;

    private static double[] Sums(IReadOnlyList<double> values, double before, double behind)
    {
        var sums = new double[values.Count + 1];
        sums[0] = before;
        for (var i = 0; i < values.Count; i++)
        {
            sums[i + 1] = sums[i] + values[i];
        }
        sums[^1] += behind;
        return sums;
    }
}
