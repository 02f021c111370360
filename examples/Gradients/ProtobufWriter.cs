using System.Buffers.Binary;
using System.Text;

namespace Tandem.Examples.Gradients;

/// <summary>Writes the fields of one protobuf message (protobuf.dev: "Encoding").</summary>
internal sealed class ProtobufWriter
{
    private const int VarintType = 0;
    private const int BytesType = 2;

    private readonly List<byte> _bytes = [];

    /// <summary>What has been written.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>A whole number.</summary>
    public void Number(int field, long value)
    {
        Varint(((ulong)field << 3) | VarintType);
        Varint((ulong)value);
    }

    /// <summary>A text.</summary>
    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A message within this one.</summary>
    public void Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        Bytes(field, inner.ToArray());
    }

    /// <summary>Numbers in little-endian binary32, as bytes.</summary>
    public void Floats(int field, ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }
        Bytes(field, bytes);
    }

    /// <summary>Fields that are written already, with their numbers.</summary>
    public void Raw(ReadOnlySpan<byte> fields) => _bytes.AddRange(fields);

    /// <summary>Bytes, or a message that is written already.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | BytesType);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }
        _bytes.Add((byte)value);
    }
}
