using System.Runtime.InteropServices;

namespace Tandem.Memory;

/// <summary>Memory that blocks are taken of, one behind the other, and that is given back as a whole.</summary>
internal sealed unsafe class Chunk : IDisposable
{
    // Memory that is walked from end to end wants large pages; the system gives them from 2 MiB on, to who asks.
    private const long LargePageBytes = 2 << 20;

    private readonly byte* _start;
    private readonly nint _mapped;
    private readonly long _bytes;
    private long _used;

    /// <summary>Whether chunks are zero until somebody writes them, as Linux gives memory.</summary>
    public static bool BeginZeroed => OperatingSystem.IsLinux();

    private Chunk(nint start, nint mapped, long bytes)
    {
        _start = (byte*)start;
        (_mapped, _bytes) = (mapped, bytes);
    }

    /// <summary>A chunk of at least so many bytes; null where the system refuses.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="inLargePages">Whether it is to be in large pages, where the system gives them to who asks.</param>
    public static Chunk? TryCreate(long bytes, bool inLargePages)
    {
        bytes = RoundUp(bytes, LargePageBytes);
        if (BeginZeroed)
        {
            var mapped = LinuxMapping.Map(bytes + LargePageBytes, inLargePages);
            return mapped == 0 ? null : new Chunk((nint)RoundUp(mapped, LargePageBytes), mapped, bytes);
        }
        try
        {
            return new Chunk((nint)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)LargePageBytes), 0, bytes);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>The next bytes; null where there is no room.</summary>
    public byte* TryTake(long bytes)
    {
        if (_used + bytes > _bytes)
        {
            return null;
        }
        var block = _start + _used;
        _used += bytes;
        return block;
    }

    public void Dispose()
    {
        if (_mapped == 0)
        {
            NativeMemory.AlignedFree(_start);
        }
        else
        {
            LinuxMapping.Unmap(_mapped, _bytes + LargePageBytes);
        }
    }

    private static long RoundUp(long bytes, long unit) => (bytes + unit - 1) / unit * unit;
}
