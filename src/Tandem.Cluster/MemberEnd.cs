using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Tandem.Cluster;

/// <summary>How a worker's process ended.</summary>
/// <param name="ExitCode">The program's exit code.</param>
/// <param name="IsInputError">Whether the message is about a user's mistake.</param>
/// <param name="Message">What went wrong; empty where nothing did, or it has been said.</param>
internal sealed record MemberEnd(int ExitCode, bool IsInputError, string Message)
{
    private const int HeadBytes = 2 * sizeof(int) + 1;

    /// <summary>Tells the other side.</summary>
    public void Send(Socket socket)
    {
        var text = Encoding.UTF8.GetBytes(Message);
        var bytes = new byte[HeadBytes + text.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, ExitCode);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(int)), text.Length);
        bytes[HeadBytes - 1] = (byte)(IsInputError ? 1 : 0);
        text.CopyTo(bytes, HeadBytes);
        socket.Send(bytes);
    }

    /// <summary>Waits for what the other side tells; null where it is gone without a word.</summary>
    public static async Task<MemberEnd?> ReceiveAsync(Stream stream)
    {
        try
        {
            var head = new byte[HeadBytes];
            await stream.ReadExactlyAsync(head).ConfigureAwait(false);
            var text = new byte[BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(sizeof(int)))];
            await stream.ReadExactlyAsync(text).ConfigureAwait(false);
            return new MemberEnd(
                BinaryPrimitives.ReadInt32LittleEndian(head),
                head[HeadBytes - 1] == 1,
                Encoding.UTF8.GetString(text)
            );
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return null;
        }
    }
}
