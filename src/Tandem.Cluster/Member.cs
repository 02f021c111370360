using System.Diagnostics;
using System.Net.Sockets;

namespace Tandem.Cluster;

/// <summary>
/// A worker's process as the <see cref="Launcher"/> that started it sees it: it has the launcher's standard streams, tells the
/// launcher how it ends, and does not outlive it.
/// </summary>
public sealed class Member : IDisposable
{
    private readonly Socket _socket;
    private volatile bool _ended;

    private Member(Socket socket) => _socket = socket;

    /// <summary>Joins the launcher; comes before anything reads or writes standard streams.</summary>
    /// <param name="address">The launcher's socket.</param>
    /// <param name="number">This process's number.</param>
    /// <exception cref="IOException">The launcher is gone.</exception>
    public static Member Join(string address, int number)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(address));
        var hello = new byte[Hello.Bytes];
        new Hello(number, Environment.ProcessId).Write(hello);
        socket.Send(hello);
        DescriptorPassing.Receive(socket);
        var member = new Member(socket);
        new Thread(member.Watch) { IsBackground = true, Name = "tandem launcher's end" }.Start();
        return member;
    }

    /// <summary>Tells the launcher that this process is about to end; the first time counts.</summary>
    /// <param name="exitCode">The program's exit code.</param>
    /// <param name="message">What went wrong, which the launcher then says; empty where nothing did.</param>
    /// <param name="isInputError">Whether that is a user's mistake.</param>
    public void End(int exitCode, string message = "", bool isInputError = false)
    {
        if (_ended)
        {
            return;
        }
        _ended = true;
        try
        {
            new MemberEnd(exitCode, isInputError, message).Send(_socket);
        }
        catch (SocketException)
        {
            // The launcher ends once number 0 has: nobody is left to be told.
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        _ended = true;
        _socket.Dispose();
    }

    // The launcher sends nothing more: reading ends when it does. Another process may then be waited for inside the library, from
    // which there is no orderly way out.
    private void Watch()
    {
        var nothing = new byte[1];
        try
        {
            _ = _socket.Receive(nothing);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Either side has closed the connection, which is what is waited for here.
        }
        if (!_ended)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}
