namespace Tandem.Serving.Batches;

/// <summary>
/// A file of results in the order of their requests. What was appended stays, whenever the process ends; at most the last line is torn,
/// which the next run cuts off. One process at a time has it.
/// </summary>
internal sealed class BatchOutput : IDisposable
{
    // A result's beginning is all that has to be recognised.
    private const int BeginningMax = 256;

    private readonly string _path;
    private readonly FileStream _file;

    private BatchOutput(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>Opens a file, or makes it.</summary>
    /// <exception cref="InputException">It cannot be written, is no file, or another process writes it.</exception>
    public static BatchOutput Open(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            if (file.CanSeek)
            {
                return new BatchOutput(path, file);
            }
            file.Dispose();
            throw new InputException($"{path}: is no regular file, which is what a batch can go on with after an end");
        }
        catch (Exception error) when (IsFault(error) || error is ArgumentException)
        {
            throw CannotWrite(path, error);
        }
    }

    /// <summary>Passes over the results that are there, and the input's lines that they are of; cuts off a torn one.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="InputException">They are of another input.</exception>
    public long Resume(BatchInput input, string inputPath)
    {
        var lines = new LineReader(_file, BeginningMax);
        var (count, length) = (0L, 0L);
        while (lines.Read())
        {
            if (input.Next() is not { } line || !IsResultOf(lines, line))
            {
                throw new InputException(
                    FormattableString.Invariant(
                        $"{_path}: its line {count + 1} is not the result of the request in its place in {inputPath}; name an output that does not exist, or that of this very input"
                    )
                );
            }
            if (!lines.HasEnd)
            {
                input.PutBack(line);
                break;
            }
            count++;
            length += lines.Length + 1;
        }
        Cut(length);
        return count;
    }

    /// <summary>Appends results; they are on the disk when it returns.</summary>
    /// <exception cref="InputException">They cannot be written, such as to a full disk.</exception>
    public void Append(ReadOnlySpan<byte> records)
    {
        try
        {
            _file.Write(records);
            _file.Flush(flushToDisk: true);
        }
        catch (IOException error)
        {
            throw CannotWrite(_path, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // Of a torn line what is there counts.
    private static bool IsResultOf(LineReader lines, BatchLine line)
    {
        var found = lines.Line.Span;
        ReadOnlySpan<byte> beginning = BatchRecord.Beginning(line);
        return lines.HasEnd || found.Length > beginning.Length
            ? found.StartsWith(beginning)
            : beginning.StartsWith(found);
    }

    private void Cut(long length)
    {
        try
        {
            _file.SetLength(length);
            _file.Position = length;
        }
        catch (IOException error)
        {
            throw CannotWrite(_path, error);
        }
    }

    private static bool IsFault(Exception error) => error is IOException or UnauthorizedAccessException;

    private static InputException CannotWrite(string path, Exception error) =>
        new($"{path}: cannot be written: {error.Message}", error);
}
