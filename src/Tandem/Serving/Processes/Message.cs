using System.Diagnostics;
using System.Runtime.InteropServices;
using Tandem.Parallel;

namespace Tandem.Serving.Processes;

/// <summary>
/// Numbers one behind the other, on their way between processes of one machine's kind. Its memory grows to the longest message and
/// stays. A message without numbers says that no more will come.
/// </summary>
internal sealed class Message
{
    private byte[] _bytes = new byte[1024];
    private int _length;
    private int _read;

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Bytes in it.</summary>
    public int Length => _length;

    /// <summary>Takes everything out.</summary>
    public void Clear() => _length = 0;

    /// <summary>Adds a number.</summary>
    public void Write<T>(T value)
        where T : unmanaged => Write(new ReadOnlySpan<T>(in value));

    /// <summary>Adds numbers.</summary>
    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        Reserve(checked(_length + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Reads the next number.</summary>
    public T Read<T>()
        where T : unmanaged
    {
        T value = default;
        Read(new Span<T>(ref value));
        return value;
    }

    /// <summary>Reads the next numbers.</summary>
    public void Read<T>(Span<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        Debug.Assert(_read + bytes.Length <= _length, "who reads a message knows what was written");
        _bytes.AsSpan(_read, bytes.Length).CopyTo(bytes);
        _read += bytes.Length;
    }

    /// <summary>Hands it to another process.</summary>
    public void Send(ICommunicator communicator, int to)
    {
        communicator.Send(LengthBytes(), to);
        if (_length > 0)
        {
            communicator.Send(_bytes.AsSpan(0, _length), to);
        }
    }

    /// <summary>Waits for one from another process.</summary>
    public void Receive(ICommunicator communicator, int from)
    {
        communicator.Receive(LengthBytes(), from);
        MakeRoom();
        if (_length > 0)
        {
            communicator.Receive(_bytes.AsSpan(0, _length), from);
        }
    }

    /// <summary>Makes it that of process 0 on all of them.</summary>
    public void Broadcast(ICommunicator communicator)
    {
        communicator.Broadcast(LengthBytes(), 0);
        MakeRoom();
        if (_length > 0)
        {
            communicator.Broadcast(_bytes.AsSpan(0, _length), 0);
        }
    }

    private Span<byte> LengthBytes() => MemoryMarshal.AsBytes(new Span<int>(ref _length));

    private void MakeRoom()
    {
        _read = 0;
        Reserve(_length);
    }

    private void Reserve(int length)
    {
        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(length, (int)Math.Min(Array.MaxLength, 2L * _bytes.Length)));
        }
    }
}
