using System.Runtime.InteropServices;

namespace Tandem.Memory;

/// <summary>
/// The native memory of one worker: everything that lives as long as the worker is allocated here once, under the
/// byte budget that its plan gives it, and is released together.
/// </summary>
/// <param name="name">Whose memory this is, for messages.</param>
/// <param name="budgetBytes">The most that may be allocated.</param>
public sealed unsafe partial class Arena(string name, long budgetBytes) : IDisposable
{
    // Memory that is walked from end to end wants large pages; the kernel gives them from 2 MiB on, to who asks.
    private const nuint LargePageBytes = 2 << 20;
    private const nuint CacheLineBytes = 64;
    private const int AdviseHugePages = 14;

    private bool _measures;
    private readonly List<nint> _blocks = [];
    private readonly Lock _lock = new();

    /// <summary>Bytes allocated so far.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>An arena that counts what is asked for and gives nothing: what lies in it must not be touched.</summary>
    public static Arena Measuring() => new("measuring", long.MaxValue) { _measures = true };

    /// <summary>
    /// Uninitialised memory, aligned to a cache line or, from 2 MiB on, to a large page. Pages are placed by the thread
    /// that first writes them.
    /// </summary>
    /// <exception cref="InputException">The budget would be exceeded, or the system has no more memory.</exception>
    public void* Allocate(long bytes)
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
            var alignment = (nuint)bytes >= LargePageBytes ? LargePageBytes : CacheLineBytes;
            var block = AllocateAligned((nuint)bytes, alignment);
            AllocatedBytes += bytes;
            _blocks.Add((nint)block);
            if (alignment == LargePageBytes && OperatingSystem.IsLinux())
            {
                // A refusal costs speed only: the memory is then in small pages.
                _ = Madvise(block, (nuint)bytes, AdviseHugePages);
            }
            return block;
        }
    }

    /// <summary>Zeroed memory for <paramref name="count"/> values.</summary>
    /// <exception cref="InputException">The budget would be exceeded, or the system has no more memory.</exception>
    public T* AllocateZeroed<T>(long count)
        where T : unmanaged
    {
        var bytes = Math.Max(count, 1) * sizeof(T);
        var block = Allocate(bytes);
        if (!_measures)
        {
            NativeMemory.Clear(block, (nuint)bytes);
        }
        return (T*)block;
    }

    /// <summary>Releases everything that was allocated.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var block in _blocks)
            {
                NativeMemory.AlignedFree((void*)block);
            }
            _blocks.Clear();
            AllocatedBytes = 0;
        }
    }

    private void* AllocateAligned(nuint bytes, nuint alignment)
    {
        try
        {
            return NativeMemory.AlignedAlloc((bytes + alignment - 1) / alignment * alignment, alignment);
        }
        catch (OutOfMemoryException error)
        {
            throw new InputException(
                $"{name}: the system refused {bytes:N0} bytes of memory; use a smaller model or context",
                error
            );
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(void* address, nuint length, int advice);
}
