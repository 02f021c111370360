using System.Numerics;
using Tandem.Formats;
using Tandem.Plans;

namespace Tandem.Loading;

/// <summary>
/// Writes a GGUF file (version 3) to a stream that need not be seekable: first every key and every tensor is declared,
/// then the tensors' data follows in the order of their declaration, in pieces of any size, so that memory stays flat.
/// </summary>
public sealed class GgufWriter
{
    private readonly Stream _output;
    private readonly int _alignment;
    private readonly Dictionary<string, object> _metadata = [];
    private readonly List<TensorInfo> _tensors = [];
    private readonly HashSet<string> _names = [];
    private long _dataBytes;
    private bool _headerWritten;
    private int _current;
    private long _written;

    /// <summary>A writer to <paramref name="output"/>, which stays open; tensors begin at multiples of <paramref name="alignment"/>.</summary>
    /// <exception cref="ArgumentException">The alignment is no power of two.</exception>
    public GgufWriter(Stream output, int alignment = GgufParser.AlignmentDefault)
    {
        if (!BitOperations.IsPow2(alignment))
        {
            throw new ArgumentException($"alignment is {alignment}, expected a power of two", nameof(alignment));
        }
        _output = output;
        _alignment = alignment;
        if (alignment != GgufParser.AlignmentDefault)
        {
            Add(GgufParser.AlignmentKey, (uint)alignment);
        }
    }

    /// <summary>Adds a key; the value is one of the types that <see cref="Metadata"/> names.</summary>
    /// <exception cref="ArgumentException">The key is there already, or the value has another type.</exception>
    /// <exception cref="InvalidOperationException">Data has been written.</exception>
    public void Add(string key, object value)
    {
        ThrowIfHeaderWritten();
        if (!GgufValueWriter.CanHold(value))
        {
            throw new ArgumentException($"key '{key}' holds {value.GetType()}, which GGUF cannot hold", nameof(value));
        }
        _metadata.Add(key, value);
    }

    /// <summary>Declares a tensor; lengths are fastest first, as in <see cref="TensorInfo.Shape"/>.</summary>
    /// <exception cref="ArgumentException">The name is there already, or a row is no whole number of blocks.</exception>
    /// <exception cref="InvalidOperationException">Data has been written.</exception>
    public void AddTensor(string name, Format format, params IReadOnlyList<long> shape)
    {
        ThrowIfHeaderWritten();
        if (shape.Count is 0 or > GgufParser.DimensionsMax || shape.Any(length => length < 1))
        {
            throw new ArgumentException($"tensor '{name}' has the shape [{string.Join(", ", shape)}]", nameof(shape));
        }
        if (shape[0] % format.BlockLength != 0)
        {
            throw new ArgumentException(
                $"tensor '{name}': a row of {shape[0]} is no multiple of {format}'s block of {format.BlockLength}",
                nameof(shape)
            );
        }
        if (!_names.Add(name))
        {
            throw new ArgumentException($"tensor '{name}' is there already", nameof(name));
        }
        var tensor = new TensorInfo(name, format, [.. shape], Part: 0, _dataBytes);
        _tensors.Add(tensor);
        _dataBytes = GgufParser.Align(_dataBytes + tensor.Bytes, _alignment);
    }

    /// <summary>Writes the next bytes of the tensors' data; one call's bytes are all of one tensor.</summary>
    /// <exception cref="InvalidOperationException">They are more than the current tensor lacks.</exception>
    public void Write(ReadOnlySpan<byte> data)
    {
        WriteHeaderOnce();
        if (_current == _tensors.Count || data.Length > _tensors[_current].Bytes - _written)
        {
            throw new InvalidOperationException($"{data.Length} bytes are more than the current tensor lacks");
        }
        _output.Write(data);
        _written += data.Length;
        if (_written == _tensors[_current].Bytes)
        {
            Pad(_written);
            _written = 0;
            _current++;
        }
    }

    /// <summary>Ends the file, which may have no tensors, and flushes the stream.</summary>
    /// <exception cref="InvalidOperationException">A tensor's data is missing.</exception>
    public void Finish()
    {
        WriteHeaderOnce();
        if (_current < _tensors.Count)
        {
            throw new InvalidOperationException($"the data of tensor '{_tensors[_current].Name}' is not complete");
        }
        _output.Flush();
    }

    private void ThrowIfHeaderWritten()
    {
        if (_headerWritten)
        {
            throw new InvalidOperationException("the header is written: keys and tensors are declared before any data");
        }
    }

    private void WriteHeaderOnce()
    {
        if (_headerWritten)
        {
            return;
        }
        _headerWritten = true;
        using var header = new MemoryStream();
        using var writer = new BinaryWriter(header);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, value) in _metadata)
        {
            GgufValueWriter.WriteText(writer, key);
            GgufValueWriter.Write(writer, value);
        }
        foreach (var tensor in _tensors)
        {
            GgufValueWriter.WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (var length in tensor.Shape)
            {
                writer.Write((ulong)length);
            }
            writer.Write((uint)tensor.Format.GgufType);
            writer.Write((ulong)tensor.Offset);
        }
        writer.Flush();
        header.WriteTo(_output);
        Pad(header.Length);
    }

    private void Pad(long written) => _output.Write(new byte[GgufParser.Align(written, _alignment) - written]);
}
