using System.Runtime.InteropServices;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Machine code in memory of its own, written first and made executable then, never both at once. It is released with
/// the object, so whoever calls the code holds it.
/// </summary>
internal sealed unsafe partial class ExecutableMemory : SafeHandle
{
    private const int Read = 1;
    private const int Write = 2;
    private const int Execute = 4;
    private const int MapPrivate = 2;
    private const int MapAnonymousLinux = 0x20;
    private const int MapAnonymousOther = 0x1000;
    private const nint MapFailed = -1;

    private const int CommitAndReserve = 0x3000;
    private const int ReleasePages = 0x8000;
    private const int PageReadWrite = 4;
    private const int PageExecuteRead = 0x20;

    private readonly nuint _length;

    private ExecutableMemory(nint address, nuint length)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
        _length = length;
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte of the code.</summary>
    public byte* Start => (byte*)handle;

    /// <summary>Whether the system lets memory become executable.</summary>
    public static bool IsAllowed
    {
        get
        {
            // A return.
            using var memory = TryCreate([0xc3]);
            return memory is not null;
        }
    }

    /// <summary>The code in executable memory, or null where the system refuses.</summary>
    public static ExecutableMemory? TryCreate(ReadOnlySpan<byte> code)
    {
        var memory = new ExecutableMemory(Reserve((nuint)code.Length), (nuint)code.Length);
        if (!memory.IsInvalid)
        {
            code.CopyTo(new Span<byte>(memory.Start, code.Length));
            if (memory.Seal())
            {
                return memory;
            }
        }
        memory.Dispose();
        return null;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() =>
        OperatingSystem.IsWindows() ? VirtualFree(handle, 0, ReleasePages) : Munmap(handle, _length) == 0;

    private static nint Reserve(nuint length)
    {
        if (OperatingSystem.IsWindows())
        {
            return VirtualAlloc(0, length, CommitAndReserve, PageReadWrite);
        }
        var anonymous = OperatingSystem.IsLinux() ? MapAnonymousLinux : MapAnonymousOther;
        var address = Mmap(0, length, Read | Write, MapPrivate | anonymous, -1, 0);
        return address == MapFailed ? 0 : address;
    }

    private bool Seal() =>
        OperatingSystem.IsWindows()
            ? VirtualProtect(handle, _length, PageExecuteRead, out _)
            : Mprotect(handle, _length, Read | Execute) == 0;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(nint address, nuint length);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nuint length, int type, int protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nuint length, int protection, out int old);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(nint address, nuint length, int type);
}
