using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Tandem.Formats;
using Tandem.Plans;

namespace Tandem.Loading;

/// <summary>
/// Reads the header of one GGUF file (versions 2 and 3): magic, version, counts, metadata, tensor declarations; and
/// checks that each tensor lies within the file and on no other. Nothing of the tensors' data is touched.
/// </summary>
internal sealed class GgufParser
{
    /// <summary>Alignment of tensor data where a file says nothing else, in bytes.</summary>
    public const int AlignmentDefault = 32;

    /// <summary>The key that says something else.</summary>
    public const string AlignmentKey = "general.alignment";

    /// <summary>Dimensions that a tensor may have.</summary>
    public const int DimensionsMax = 4;

    // A name's length, one byte of name, a type, and a value of one byte.
    private const int KeyBytesMin = sizeof(ulong) + 1 + sizeof(uint) + 1;

    // A name's length, one byte of name, the number of dimensions, one dimension, a type, an offset.
    private const int TensorBytesMin = sizeof(ulong) + 1 + sizeof(uint) + sizeof(ulong) + sizeof(uint) + sizeof(ulong);

    private readonly GgufCursor _cursor;
    private readonly int _part;

    private GgufParser(GgufMemory memory, int part)
    {
        _cursor = new GgufCursor(memory);
        _part = part;
    }

    /// <summary>Reads a file's header; <paramref name="part"/> is its place among a model's files, from 0.</summary>
    /// <exception cref="InputException">The file is no GGUF file, or damaged.</exception>
    public static GgufContents Parse(GgufMemory memory, int part) => new GgufParser(memory, part).Parse();

    private GgufContents Parse()
    {
        _cursor.Enter("file", "header");
        CheckMagicAndVersion();
        var tensorCount = _cursor.Count(TensorBytesMin, "the number of tensors");
        var keyCount = _cursor.Count(KeyBytesMin, "the number of keys");
        var metadata = ReadMetadata(keyCount);
        var alignment = Alignment(metadata);
        var declared = ReadTensors(tensorCount, alignment);
        var start = Align(_cursor.Position, alignment);
        TensorInfo[] tensors = [.. declared.Select(tensor => tensor with { Offset = start + tensor.Offset })];
        CheckPlaces(tensors);
        return new GgufContents(metadata, tensors);
    }

    /// <summary>The next multiple of <paramref name="alignment"/>, a power of two.</summary>
    public static long Align(long position, long alignment) => (position + alignment - 1) & -alignment;

    private void CheckMagicAndVersion()
    {
        var magic = _cursor.Take(4, "the magic number");
        if (!magic.SequenceEqual("GGUF"u8))
        {
            throw _cursor.Error(0, $"it begins with the bytes {Convert.ToHexString(magic)}, expected 47475546 (GGUF)");
        }
        var version = _cursor.UInt32("the version");
        if (version is 2 or 3)
        {
            return;
        }
        throw _cursor.Error(
            4,
            BinaryPrimitives.ReverseEndianness(version) is 2 or 3
                ? "it is a big-endian GGUF file; only little-endian ones are read: convert it to little-endian"
                : $"GGUF version {version} is unknown, expected 2 or 3"
        );
    }

    private Dictionary<string, object> ReadMetadata(int count)
    {
        var metadata = new Dictionary<string, object>(count);
        for (var i = 0; i < count; i++)
        {
            _cursor.Enter("key number", i.ToString(CultureInfo.InvariantCulture));
            var at = _cursor.Position;
            var key = _cursor.Name();
            _cursor.Enter("key", key);
            if (!metadata.TryAdd(key, GgufValues.Read(_cursor)))
            {
                throw _cursor.Error(at, "it is there twice");
            }
        }
        return metadata;
    }

    private long Alignment(Dictionary<string, object> metadata)
    {
        if (!metadata.TryGetValue(AlignmentKey, out var value))
        {
            return AlignmentDefault;
        }
        _cursor.Enter("key", AlignmentKey);
        return value is uint alignment && BitOperations.IsPow2(alignment)
            ? alignment
            : throw _cursor.Error(_cursor.Position, $"it holds {Shown(value)}, expected a 32-bit power of two");
    }

    private static string Shown(object value) => value is Array ? "an array" : $"{value.GetType().Name} {value}";

    private List<TensorInfo> ReadTensors(int count, long alignment)
    {
        var tensors = new List<TensorInfo>(count);
        var names = new HashSet<string>(count);
        for (var i = 0; i < count; i++)
        {
            _cursor.Enter("tensor number", i.ToString(CultureInfo.InvariantCulture));
            var at = _cursor.Position;
            var name = _cursor.Name();
            _cursor.Enter("tensor", name);
            if (!names.Add(name))
            {
                throw _cursor.Error(at, "it is there twice");
            }
            tensors.Add(ReadTensor(name, alignment));
        }
        return tensors;
    }

    private TensorInfo ReadTensor(string name, long alignment)
    {
        var at = _cursor.Position;
        var shape = ReadShape();
        var formatAt = _cursor.Position;
        var type = _cursor.UInt32("its number format");
        var format = FormatTable.ByGgufType(type) ?? throw UnknownFormat(formatAt, type);
        if (shape[0] % format.BlockLength != 0)
        {
            throw _cursor.Error(at, $"a row of {shape[0]} is no multiple of {format}'s block of {format.BlockLength}");
        }
        var offsetAt = _cursor.Position;
        var offset = _cursor.UInt64("its offset");
        if (offset % (ulong)alignment != 0 || offset > (ulong)_cursor.Length)
        {
            throw _cursor.Error(
                offsetAt,
                $"its offset is {offset}, expected a multiple of {alignment} within the file's {_cursor.Length} bytes"
            );
        }
        return new TensorInfo(name, format, shape, _part, (long)offset);
    }

    private long[] ReadShape()
    {
        var at = _cursor.Position;
        var dimensions = _cursor.UInt32("the number of its dimensions");
        if (dimensions is 0 or > DimensionsMax)
        {
            throw _cursor.Error(at, $"it has {dimensions} dimensions, expected 1 to {DimensionsMax}");
        }
        var shape = new long[dimensions];
        // A value takes a quarter of a byte at least, so that more than four for each byte cannot be in the file; with
        // this limit on the product, nothing that is computed from a shape overflows.
        var most = UInt128.Min((UInt128)_cursor.Length * 4, long.MaxValue);
        var product = UInt128.One;
        for (var i = 0; i < shape.Length; i++)
        {
            var lengthAt = _cursor.Position;
            var length = _cursor.UInt64("a length");
            product *= length;
            if (length == 0 || product > most)
            {
                throw _cursor.Error(
                    lengthAt,
                    $"dimension {i} has length {length}, expected 1 or more and no more values than the file can hold"
                );
            }
            shape[i] = (long)length;
        }
        return shape;
    }

    private InputException UnknownFormat(long at, uint type)
    {
        var known = string.Join(", ", FormatTable.All.Select(format => $"{format.GgufType} {format}"));
        return _cursor.Error(at, $"its number format is {type}, which is unknown; known are {known}");
    }

    private void CheckPlaces(TensorInfo[] tensors)
    {
        var end = 0L;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset))
        {
            _cursor.Enter("tensor", tensor.Name);
            if (tensor.Offset < end)
            {
                throw _cursor.Error(tensor.Offset, $"it overlaps the tensor before it, which ends at byte {end}");
            }
            end = tensor.Offset + tensor.Bytes;
            if (end > _cursor.Length)
            {
                throw _cursor.Error(
                    tensor.Offset,
                    $"it takes {tensor.Bytes} bytes, but the file ends at byte {_cursor.Length}: it is cut short"
                );
            }
        }
    }
}
