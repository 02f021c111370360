using System.IO.MemoryMappedFiles;

namespace Tandem.Loading;

/// <summary>
/// The bytes of one GGUF file: mapped from disk, so that the system reads what is touched and may forget it again, or
/// already in the process's memory. They stay at one address until disposal.
/// </summary>
internal sealed unsafe class GgufMemory : IDisposable
{
    private readonly MemoryMappedViewAccessor? _view;
    private readonly UnmanagedMemoryStream? _stream;

    private GgufMemory(string name, byte* pointer, long length)
    {
        Name = name;
        Pointer = pointer;
        Length = length;
    }

    private GgufMemory(string name, MemoryMappedViewAccessor view, long length)
        : this(name, Acquire(view), length) => _view = view;

    private GgufMemory(string name, UnmanagedMemoryStream stream)
        : this(name, stream.PositionPointer - stream.Position, stream.Length) => _stream = stream;

    /// <summary>The file's name, for messages.</summary>
    public string Name { get; }

    /// <summary>The first byte.</summary>
    public byte* Pointer { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="InputException">There is no such file, or it cannot be read, or it is empty.</exception>
    public static GgufMemory Map(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{path}: is a directory, expected a GGUF file");
        }
        try
        {
            // Asked before opening, because to open a pipe would wait for its writer.
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (new FileInfo(target).Length == 0)
            {
                throw new InputException($"{path}: is empty (0 bytes), expected a GGUF file");
            }
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            using var mapping = MemoryMappedFile.CreateFromFile(
                handle,
                mapName: null,
                capacity: 0,
                MemoryMappedFileAccess.Read,
                HandleInheritability.None,
                leaveOpen: true
            );
            var view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new GgufMemory(path, view, length);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new InputException($"{path}: no permission to read it", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file", error);
        }
        catch (IOException error)
        {
            throw new InputException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Takes over memory that is already there, such as a resource of an assembly.</summary>
    public static GgufMemory Over(string name, UnmanagedMemoryStream stream) => new(name, stream);

    /// <inheritdoc/>
    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _stream?.Dispose();
    }

    private static byte* Acquire(MemoryMappedViewAccessor view)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return pointer + view.PointerOffset;
    }
}
