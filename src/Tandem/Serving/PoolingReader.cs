using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Reads a model's pooling.</summary>
internal static class PoolingReader
{
    // The values of llama.cpp's enum, which its converter writes.
    private const int None = 0;
    private const int Mean = 1;
    private const int Last = 3;

    /// <summary>The key <c>pooling_type</c> of the model's architecture; the last token where the file says nothing.</summary>
    /// <exception cref="InputException">It is of a kind that a decoder has no use for.</exception>
    public static Pooling Read(ModelHeader header)
    {
        var key = header.Architecture + ".pooling_type";
        return header.Metadata.Int(key, None) switch
        {
            None or Last => Pooling.Last,
            Mean => Pooling.Mean,
            var other => throw new InputException(
                $"{header.Source}: key '{key}' holds {other}, expected {Mean} (mean) or {Last} (last token)"
            ),
        };
    }
}
