using System.Runtime.InteropServices;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Machine code in memory that was written first and made executable then, never both at the same time. It is released when
/// nobody refers to it any more.
/// </summary>
internal sealed unsafe partial class ExecutableMemory : SafeHandle
{
    private const int ReadAndWrite = 1 | 2;
    private const int ReadAndExecute = 1 | 4;
    private const int PrivateAndAnonymous = 0x22; // Linux
    private const nint Failed = -1;

    private readonly nuint _bytes;

    private ExecutableMemory(nint address, nuint bytes)
        : base(0, ownsHandle: true)
    {
        _bytes = bytes;
        SetHandle(address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first instruction.</summary>
    public void* Address => (void*)handle;

    /// <summary>Code that can be called; null where the system does not allow it.</summary>
    public static ExecutableMemory? TryCreate(ReadOnlySpan<byte> code)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }
        var bytes = (nuint)code.Length;
        var address = Map(0, bytes, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        if (address == Failed)
        {
            return null;
        }
        var memory = new ExecutableMemory(address, bytes);
        code.CopyTo(new Span<byte>(memory.Address, code.Length));
        if (Protect(address, bytes, ReadAndExecute) == 0)
        {
            return memory;
        }
        memory.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Unmap(handle, _bytes) == 0;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
