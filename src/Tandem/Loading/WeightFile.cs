using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Plans;

namespace Tandem.Loading;

/// <summary>
/// A model's GGUF file, or files where it is cut into several: its header in managed memory, its weights mapped from
/// disk. What the data methods return is valid until disposal.
/// </summary>
public sealed unsafe partial class WeightFile : IDisposable
{
    private const string PartCountKey = "split.count";
    private const string PartNumberKey = "split.no";
    private const string TensorCountKey = "split.tensors.count";

    private readonly List<GgufMemory> _parts;
    private bool _disposed;

    private WeightFile(List<GgufMemory> parts, ModelHeader header)
    {
        _parts = parts;
        Header = header;
    }

    /// <summary>Metadata and the places of the tensors.</summary>
    public ModelHeader Header { get; }

    /// <summary>
    /// Opens a GGUF file, version 2 or 3. Of a model in several files, named as <c>name-00001-of-00003.gguf</c>, any
    /// one opens all.
    /// </summary>
    /// <exception cref="InputException">A file is missing, unreadable, no GGUF file, or damaged.</exception>
    public static WeightFile Open(string path)
    {
        var name = PartName().Match(path);
        var first = name.Success ? PartPath(name, 0) : path;
        return Open(File.Exists(first) ? first : path, GgufMemory.Map);
    }

    /// <summary>
    /// Opens a GGUF file that is already in memory, such as a resource of an assembly; <paramref name="name"/> is for
    /// messages. The stream is disposed with the weight file.
    /// </summary>
    /// <exception cref="InputException">It is no GGUF file, damaged, or only a part of one.</exception>
    public static WeightFile Open(string name, UnmanagedMemoryStream stream) =>
        Open(name, _ => GgufMemory.Over(name, stream));

    /// <summary>Bytes of a tensor: <paramref name="length"/> from <paramref name="offset"/>, counted from the tensor's first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all within the tensor.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public ReadOnlySpan<byte> Data(TensorInfo tensor, long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, tensor.Bytes - length);
        return new ReadOnlySpan<byte>(Pointer(tensor) + offset, length);
    }

    /// <summary>All bytes of a tensor of less than 2 GiB.</summary>
    /// <exception cref="OverflowException">The tensor is larger.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public ReadOnlySpan<byte> Data(TensorInfo tensor) => Data(tensor, 0, checked((int)tensor.Bytes));

    /// <summary>The first byte of a tensor; <see cref="TensorInfo.Bytes"/> can be read from there.</summary>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    internal byte* Pointer(TensorInfo tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _parts[tensor.Part].Pointer + tensor.Offset;
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _parts.ForEach(part => part.Dispose());
        }
    }

    private static WeightFile Open(string path, Func<string, GgufMemory> read)
    {
        var parts = new List<GgufMemory>();
        try
        {
            return new WeightFile(parts, ReadAll(path, read, parts));
        }
        catch
        {
            parts.ForEach(part => part.Dispose());
            throw;
        }
    }

    private static ModelHeader ReadAll(string path, Func<string, GgufMemory> read, List<GgufMemory> parts)
    {
        parts.Add(read(path));
        var first = GgufParser.Parse(parts[0], 0);
        var metadata = new Metadata(path, first.Metadata);
        var tensors = first.Tensors.ToDictionary(tensor => tensor.Name);
        if (metadata.Int(PartCountKey, 1) is > 1 and var count)
        {
            CheckPart(path, metadata, 0, count);
            AddParts(path, read, parts, tensors, count);
            if (metadata.Int(TensorCountKey, tensors.Count) is var expected && expected != tensors.Count)
            {
                throw new InputException(
                    $"{path}: its {count} parts hold {tensors.Count} tensors, expected {expected}"
                );
            }
        }
        return new ModelHeader(path, metadata, tensors);
    }

    private static void AddParts(
        string path,
        Func<string, GgufMemory> read,
        List<GgufMemory> parts,
        Dictionary<string, TensorInfo> tensors,
        int count
    )
    {
        var name = PartName().Match(path);
        if (!name.Success || name.Groups["count"].Value != Digits(count))
        {
            throw new InputException(
                $"{path}: it is one of {count} parts, expected a name that ends in -{Digits(1)}-of-{Digits(count)}.gguf"
            );
        }
        for (var part = 1; part < count; part++)
        {
            var partPath = PartPath(name, part);
            parts.Add(read(partPath));
            var contents = GgufParser.Parse(parts[part], part);
            CheckPart(partPath, new Metadata(partPath, contents.Metadata), part, count);
            foreach (var tensor in contents.Tensors)
            {
                if (!tensors.TryAdd(tensor.Name, tensor))
                {
                    throw new InputException($"{partPath}: tensor {tensor.Name} is there already in an earlier part");
                }
            }
        }
    }

    private static void CheckPart(string path, Metadata metadata, int part, int count)
    {
        var (foundPart, foundCount) = (metadata.Int(PartNumberKey), metadata.Int(PartCountKey));
        if (foundPart != part || foundCount != count)
        {
            throw new InputException(
                $"{path}: it calls itself part {foundPart + 1L} of {foundCount}, expected part {part + 1} of {count}"
            );
        }
    }

    private static string PartPath(Match name, int part) =>
        $"{name.Groups["stem"].Value}-{Digits(part + 1)}-of-{name.Groups["count"].Value}.gguf";

    private static string Digits(int number) => number.ToString("D5", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<stem>.*)-\d{5}-of-(?<count>\d{5})\.gguf$", RegexOptions.Singleline)]
    private static partial Regex PartName();
}
