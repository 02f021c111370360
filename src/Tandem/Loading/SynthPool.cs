using System.Diagnostics;
using Tandem.Formats;

namespace Tandem.Loading;

/// <summary>
/// Some 260,000 random weights of one format and deviation, encoded once. Rows are put together from pieces of it
/// drawn at random, which is a hundred times faster than encoding each row and serves measuring as well.
/// </summary>
internal sealed class SynthPool
{
    private const int Values = 1 << 18;

    private readonly byte[] _bytes;
    private readonly int _pieces;
    private readonly int _pieceValues;

    public SynthPool(Format format, float deviation, ulong seed)
    {
        _pieceValues = Math.Max(format.BlockLength, 32);
        _pieces = Values / _pieceValues;
        PieceBytes = (int)format.BytesOf(_pieceValues);
        _bytes = new byte[_pieces * PieceBytes];
        var random = new SynthRandom(seed);
        var values = new float[_pieceValues];
        for (var piece = 0; piece < _pieces; piece++)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = random.Normal() * deviation;
            }
            format.Encode(values, _bytes.AsSpan(piece * PieceBytes, PieceBytes));
        }
    }

    /// <summary>Bytes of a piece.</summary>
    public int PieceBytes { get; }

    /// <summary>Fills a multiple of <see cref="PieceBytes"/> with pieces.</summary>
    public void Fill(Span<byte> bytes, ref SynthRandom random)
    {
        Debug.Assert(bytes.Length % PieceBytes == 0);
        for (var at = 0; at < bytes.Length; at += PieceBytes)
        {
            _bytes.AsSpan(random.Below(_pieces) * PieceBytes, PieceBytes).CopyTo(bytes[at..]);
        }
    }
}
