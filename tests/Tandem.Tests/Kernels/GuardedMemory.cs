using System.Runtime.InteropServices;

namespace Tandem.Tests.Kernels;

/// <summary>Memory of an exact size between two pages that nobody may touch; its end or its beginning is at one of them.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PrivateAnonymous = 0x22;
    private const int ReadWrite = 3;

    private readonly nint _mapped;
    private readonly nuint _length;

    /// <summary>Memory of so many bytes, all zero.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="atEnd">Whether it ends at the forbidden page, or begins at one.</param>
    public GuardedMemory(long bytes, bool atEnd)
    {
        var page = (nuint)Environment.SystemPageSize;
        var inner = ((nuint)bytes + page - 1) / page * page;
        _length = inner + 2 * page;
        _mapped = Mmap(0, _length, 0, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, _mapped);
        Assert.Equal(0, Mprotect(_mapped + (nint)page, inner, ReadWrite));
        Data = (byte*)_mapped + page + (atEnd ? inner - (nuint)bytes : 0);
    }

    /// <summary>The first byte.</summary>
    public byte* Data { get; }

    public void Dispose() => _ = Munmap(_mapped, _length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(nint address, nuint length);
}
