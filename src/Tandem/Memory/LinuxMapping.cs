using System.Runtime.InteropServices;

namespace Tandem.Memory;

/// <summary>Memory that is asked of Linux itself: it is zero, in large pages where they are wanted and there are such, and takes none before it is touched.</summary>
internal static unsafe partial class LinuxMapping
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;
    private const int AdviseHugePages = 14;
    private const int AdviseNoHugePages = 15;

    /// <summary>The start of so many bytes; 0 where the system refuses.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="inLargePages">Whether large pages are asked for, or none.</param>
    public static nint Map(long bytes, bool inLargePages)
    {
        var start = Mmap(0, (nuint)bytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (start == -1)
        {
            return 0;
        }
        // A refusal costs speed only: the memory is then in small pages.
        _ = Madvise(start, (nuint)bytes, inLargePages ? AdviseHugePages : AdviseNoHugePages);
        return start;
    }

    /// <summary>Gives it back.</summary>
    public static void Unmap(nint start, long bytes) => _ = Munmap(start, (nuint)bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(nint address, nuint length, int advice);
}
