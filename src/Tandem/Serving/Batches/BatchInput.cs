namespace Tandem.Serving.Batches;

/// <summary>A file of requests, read from its beginning to its end; empty lines do not count.</summary>
internal sealed class BatchInput : IDisposable
{
    private readonly FileStream _file;
    private readonly LineReader _lines;
    private readonly HashSet<string> _customIds = [];
    private long _number;
    private BatchLine? _putBack;

    private BatchInput(FileStream file) =>
        (_file, _lines) = (file, new LineReader(file, BatchLineParser.LengthMax + 1));

    /// <summary>Opens a file.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public static BatchInput Open(string path)
    {
        try
        {
            return new BatchInput(new FileStream(path, FileMode.Open, FileAccess.Read));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>How many requests a file has.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public static long Count(string path)
    {
        using var input = Open(path);
        var count = 0L;
        while (input.ReadRequest())
        {
            count++;
        }
        return count;
    }

    /// <summary>The next request, or null at the end. One whose <c>custom_id</c> was there before is an error.</summary>
    public BatchLine? Next()
    {
        if (_putBack is { } line)
        {
            _putBack = null;
            return line;
        }
        return ReadRequest() ? Parse() : null;
    }

    /// <summary>Takes back the line that <see cref="Next"/> gave last, to give it again.</summary>
    public void PutBack(BatchLine line) => _putBack = line;

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private BatchLine Parse()
    {
        var line = BatchLineParser.Parse(Trimmed(), _lines.Length, _number);
        return line.CustomId is not { } id || _customIds.Add(id)
            ? line
            : line with
            {
                Error = new BatchError(
                    "duplicate_custom_id",
                    FormattableString.Invariant($"line {line.Number}: an earlier line has the same custom_id")
                ),
            };
    }

    private bool ReadRequest()
    {
        while (_lines.Read())
        {
            _number++;
            if (Trimmed().Length > 0)
            {
                return true;
            }
        }
        return false;
    }

    // Editors put a byte order mark before the first line, and some of them a carriage return behind each.
    private ReadOnlyMemory<byte> Trimmed()
    {
        var line = _lines.Line;
        if (_number == 1 && line.Span.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }
        return line.Trim(" \t\r"u8);
    }
}
