using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tandem.Devices.Operations;

/// <summary>
/// Reads memory and does next to nothing with it; what it reaches is the ceiling of generation. A tile is read as four
/// streams side by side, since one alone does not keep a core's line buffers full.
/// </summary>
internal sealed unsafe class ReadMemoryOperation : Operation
{
    /// <summary>Bytes of a tile.</summary>
    public const int TileBytes = 4 * StreamBytes;

    private const int StreamBytes = 1 << 20;

    // A line is asked for only a little before its turn: what runs ahead of the streams is the processor's own business.
    private const int PrefetchBytes = 256;

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
        var sum = Vector512<long>.Zero;
        for (var tile = first; tile < end; tile++)
        {
            sum |= ReadTile(_memory + (long)tile * TileBytes);
        }
        Interlocked.Add(ref _sum, Vector512.Sum(sum));
    }

    // Called too seldom for the runtime to optimise it by itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<long> ReadTile(byte* tile)
    {
        var (a, b, c, d) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
        for (var at = tile; at < tile + StreamBytes; at += 64)
        {
            Prefetch(at + PrefetchBytes);
            a |= Vector512.Load((long*)at);
            b |= Vector512.Load((long*)(at + StreamBytes));
            c |= Vector512.Load((long*)(at + 2 * StreamBytes));
            d |= Vector512.Load((long*)(at + 3 * StreamBytes));
        }
        return a | b | c | d;
    }

    // A prefetch beyond the end is no access, so it needs no check.
    private static void Prefetch(byte* at)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(at);
            Sse.Prefetch0(at + StreamBytes);
            Sse.Prefetch0(at + 2 * StreamBytes);
            Sse.Prefetch0(at + 3 * StreamBytes);
        }
    }
}
