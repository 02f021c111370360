using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tandem.Cluster;

/// <summary>
/// Hands this process's standard streams to another over a Unix socket (<c>SCM_RIGHTS</c>, unix(7)), so that it has the very same
/// terminal, pipes and files, and no go-between.
/// </summary>
internal static unsafe partial class DescriptorPassing
{
    private const int Count = 3;
    private const int SocketLevel = 1;
    private const int Rights = 1;

    /// <summary>Sends standard input, output and error.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public static void Send(Socket socket)
    {
        var mark = (byte)0;
        var control = new Control
        {
            Length = ControlBytes,
            Level = SocketLevel,
            Type = Rights,
        };
        for (var i = 0; i < Count; i++)
        {
            control.Descriptors[i] = i;
        }
        var part = new Part { Data = &mark, Length = 1 };
        var header = new Header
        {
            Parts = &part,
            PartCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(Control),
        };
        Require(SendMessage((int)socket.Handle, &header, 0), "sent");
    }

    /// <summary>Takes standard input, output and error from the other side, in place of this process's own.</summary>
    /// <exception cref="IOException">They do not come.</exception>
    public static void Receive(Socket socket)
    {
        var mark = (byte)0;
        var control = new Control();
        var part = new Part { Data = &mark, Length = 1 };
        var header = new Header
        {
            Parts = &part,
            PartCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(Control),
        };
        Require(ReceiveMessage((int)socket.Handle, &header, 0), "received");
        if (control.Length != ControlBytes || control.Type != Rights)
        {
            throw new IOException("standard streams were expected, and something else came");
        }
        for (var i = 0; i < Count; i++)
        {
            Require(Duplicate(control.Descriptors[i], i) + 1, "taken over");
            _ = Close(control.Descriptors[i]);
        }
    }

    private static nuint ControlBytes => (nuint)(sizeof(nuint) + 2 * sizeof(int) + Count * sizeof(int));

    private static void Require(nint result, string what)
    {
        if (result <= 0)
        {
            throw new IOException(
                $"standard streams could not be {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}"
            );
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Header* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Header* message, int flags);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    // iovec, msghdr, and cmsghdr with what follows it, of 64-bit Linux.
    private struct Part
    {
        public byte* Data;
        public nuint Length;
    }

    private struct Header
    {
        public void* Name;
        public nuint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public void* Control;
        public nuint ControlLength;
        public nint Flags;
    }

    private struct Control
    {
        public nuint Length;
        public int Level;
        public int Type;
        public fixed int Descriptors[Count + 1];
    }
}
