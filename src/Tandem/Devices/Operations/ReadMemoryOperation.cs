namespace Tandem.Devices.Operations;

/// <summary>Reads memory and does next to nothing with it; a tile is 1 MiB. What it reaches is the ceiling of generation.</summary>
internal sealed unsafe class ReadMemoryOperation : Operation
{
    /// <summary>Bytes of a tile.</summary>
    public const int TileBytes = 1 << 20;

    // Far enough that a line is there when its turn comes.
    private const int PrefetchBytes = 4096;

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
        var (a, b, c, d) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
        var stop = _memory + (long)end * TileBytes;
        for (var at = _memory + (long)first * TileBytes; at < stop; at += 256)
        {
            Prefetch(at + PrefetchBytes);
            a += Vector512.Load((long*)at);
            b += Vector512.Load((long*)(at + 64));
            c += Vector512.Load((long*)(at + 128));
            d += Vector512.Load((long*)(at + 192));
        }
        Interlocked.Add(ref _sum, Vector512.Sum(a + b + c + d));
    }

    // A prefetch beyond the end is no access, so it needs no check.
    private static void Prefetch(byte* at)
    {
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported)
        {
            for (var line = 0; line < 4; line++)
            {
                System.Runtime.Intrinsics.X86.Sse.Prefetch0(at + line * 64);
            }
        }
    }
}
