using System.Runtime.InteropServices;

namespace Tandem.Memory;

/// <summary>
/// The native memory of one worker: everything that lives as long as the worker is allocated here once, under the
/// byte budget that its plan gives it, and is released together.
/// </summary>
/// <param name="name">Whose memory this is, for messages.</param>
/// <param name="budgetBytes">The most that may be allocated.</param>
public sealed unsafe class Arena(string name, long budgetBytes) : IDisposable
{
    // Blocks lie one behind the other in chunks of many, however small each is, so that large pages can hold them.
    private const long ChunkBytes = 32 << 20;
    private const long CacheLineBytes = 64;

    private bool _measures;
    private readonly List<Chunk> _dense = [];
    private readonly List<Chunk> _sparse = [];
    private readonly Lock _lock = new();

    /// <summary>Bytes allocated so far.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>An arena that counts what is asked for and gives nothing: what lies in it must not be touched.</summary>
    public static Arena Measuring() => new("measuring", long.MaxValue) { _measures = true };

    /// <summary>
    /// Uninitialised memory, aligned to a cache line and, where the system gives them, in large pages. Pages are placed by the thread
    /// that first writes them.
    /// </summary>
    /// <exception cref="InputException">The budget would be exceeded, or the system has no more memory.</exception>
    public void* Allocate(long bytes) => Allocate(bytes, isSparse: false);

    /// <summary>
    /// Zeroed memory for <paramref name="count"/> values, of which perhaps few are ever written: in small pages, so that a step of few rows
    /// takes no more of buffers for many. On Linux nothing is written: pages take no memory, and are all one, before somebody writes them.
    /// </summary>
    /// <exception cref="InputException">The budget would be exceeded, or the system has no more memory.</exception>
    public T* AllocateZeroed<T>(long count)
        where T : unmanaged
    {
        var bytes = Math.Max(count, 1) * sizeof(T);
        var block = Allocate(bytes, isSparse: true);
        if (!_measures && !Chunk.BeginZeroed)
        {
            NativeMemory.Clear(block, (nuint)bytes);
        }
        return (T*)block;
    }

    /// <summary>Zeroed memory of which every page is written, so that reading it is reading memory.</summary>
    /// <exception cref="InputException">The budget would be exceeded, or the system has no more memory.</exception>
    public byte* AllocateResident(long bytes)
    {
        var block = (byte*)Allocate(bytes);
        NativeMemory.Clear(block, (nuint)bytes);
        return block;
    }

    /// <summary>Releases everything that was allocated.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var chunk in _dense.Concat(_sparse))
            {
                chunk.Dispose();
            }
            _dense.Clear();
            _sparse.Clear();
            AllocatedBytes = 0;
        }
    }

    private void* Allocate(long bytes, bool isSparse)
    {
        lock (_lock)
        {
            if (bytes > budgetBytes - AllocatedBytes)
            {
                throw new InputException(
                    $"{name} needs {AllocatedBytes + bytes:N0} bytes of memory and may use {budgetBytes:N0}; "
                        + "use a smaller model or context, or a plan with more workers"
                );
            }
            if (_measures)
            {
                AllocatedBytes += bytes;
                return null;
            }
            var block = Take(bytes, isSparse);
            AllocatedBytes += bytes;
            return block;
        }
    }

    // From the first chunk that has room: there are few, and what large blocks leave over takes the small ones.
    private byte* Take(long bytes, bool isSparse)
    {
        var chunks = isSparse ? _sparse : _dense;
        var lines = RoundUp(Math.Max(bytes, 1), CacheLineBytes);
        foreach (var chunk in chunks)
        {
            if (chunk.TryTake(lines) is var block && block is not null)
            {
                return block;
            }
        }
        var added =
            Chunk.TryCreate(Math.Max(lines, ChunkBytes), inLargePages: !isSparse)
            ?? throw new InputException(
                $"{name}: the system refused {bytes:N0} bytes of memory; use a smaller model or context"
            );
        chunks.Add(added);
        return added.TryTake(lines);
    }

    private static long RoundUp(long bytes, long unit) => (bytes + unit - 1) / unit * unit;
}
