using System.Runtime.CompilerServices;

namespace Tandem.Devices.Operations;

/// <summary>
/// Reads memory and does next to nothing with it; what it reaches is the ceiling of generation. A tile is read from end to end and
/// nothing is asked for ahead: in large pages, the processor's own reading ahead is faster than any request.
/// </summary>
internal sealed unsafe class ReadMemoryOperation : Operation
{
    /// <summary>Bytes of a tile.</summary>
    public const int TileBytes = 4 << 20;

    private byte* _memory;

    // Nobody asks for it; it keeps the reads from being left out.
    private long _sum;

    public void Set(byte* memory, int tiles)
    {
        _memory = memory;
        Tiles = tiles;
    }

    public override void Run(int first, int end)
    {
        var sum = Read(_memory + (long)first * TileBytes, _memory + (long)end * TileBytes);
        Interlocked.Add(ref _sum, Vector512.Sum(sum));
    }

    // Called too seldom for the runtime to optimise it by itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<long> Read(byte* start, byte* end)
    {
        var (a, b, c, d) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
        for (var at = start; at < end; at += 256)
        {
            a |= Vector512.Load((long*)at);
            b |= Vector512.Load((long*)(at + 64));
            c |= Vector512.Load((long*)(at + 128));
            d |= Vector512.Load((long*)(at + 192));
        }
        return a | b | c | d;
    }
}
