using System.Buffers;

namespace Tandem.Serving.Batches;

/// <summary>Reads the lines of a file, however long they are: of one beyond the bound the rest is passed over.</summary>
/// <param name="file">Where they stand.</param>
/// <param name="lengthMax">The most bytes of a line that are kept.</param>
internal sealed class LineReader(Stream file, int lengthMax)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _at;
    private int _end;

    /// <summary>The bytes of the line without its end; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Line => _line.WrittenMemory;

    /// <summary>Bytes of the line, those that were passed over included, without its line feed.</summary>
    public long Length { get; private set; }

    /// <summary>Whether a line feed ends it; the last line of a file may have none.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Goes to the next line; false where there is none.</summary>
    public bool Read()
    {
        _line.ResetWrittenCount();
        (Length, HasEnd) = (0, false);
        while (!HasEnd && Fill())
        {
            var rest = _buffer.AsSpan(_at, _end - _at);
            var feed = rest.IndexOf((byte)'\n');
            HasEnd = feed >= 0;
            var part = HasEnd ? rest[..feed] : rest;
            _line.Write(part[..Math.Min(part.Length, lengthMax - _line.WrittenCount)]);
            Length += part.Length;
            _at += part.Length + (HasEnd ? 1 : 0);
        }
        return HasEnd || Length > 0;
    }

    private bool Fill()
    {
        if (_at == _end)
        {
            (_at, _end) = (0, file.Read(_buffer));
        }
        return _end > 0;
    }
}
