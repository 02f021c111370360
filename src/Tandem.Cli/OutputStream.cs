using Microsoft.Win32.SafeHandles;

namespace Tandem.Cli;

/// <summary>
/// Standard output. Unlike the console's own stream it notices that nobody reads any more, so that the program ends
/// with the <c>head</c> that it was piped into.
/// </summary>
internal sealed class OutputStream : Stream
{
    private const int BrokenPipe = 32;

    private readonly Stream _inner;
    private bool _isClosed;

    public OutputStream()
    {
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // A file stream keeps a position of its own, which in a file would let the next command of a shell's group write over
        // what this one wrote.
        _inner = stream.CanSeek || OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : stream;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="OutputClosedException">Nobody reads any more; what is written after that goes nowhere.</exception>
    /// <exception cref="InputException">The output cannot be written, such as to a full disk.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isClosed)
        {
            return;
        }
        try
        {
            _inner.Write(buffer);
        }
        catch (IOException error)
        {
            _isClosed = true;
            throw error.HResult == BrokenPipe
                ? new OutputClosedException()
                : new InputException($"the output cannot be written: {error.Message}", error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Flush();
        return Task.CompletedTask;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
