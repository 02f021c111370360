using System.Text;

namespace Tandem.Tests.Loading;

/// <summary>
/// Writes a GGUF file byte by byte, whatever one asks for: unlike the writer of the product it checks
/// nothing, so that tests can write broken files too.
/// </summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _header = [];
    private ulong _keys;
    private ulong _tensors;

    public byte[] Magic { get; init; } = "GGUF"u8.ToArray();

    public uint Version { get; init; } = 3;

    public ulong? KeyCount { get; init; }

    public ulong? TensorCount { get; init; }

    public int Alignment { get; init; } = 32;

    /// <summary>The data section, which begins at the next multiple of the alignment; null leaves off its padding too.</summary>
    public byte[]? Data { get; init; }

    public static byte[] Text(string text) =>
        [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>The bytes of an array: its type, its length, its items.</summary>
    public static byte[] Array(uint type, ulong length, params byte[][] items) =>
        [.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(length), .. items.SelectMany(item => item)];

    public GgufBytes Key(string name, uint type, params byte[] value) => Key(Text(name), type, value);

    public GgufBytes Key(byte[] name, uint type, params byte[] value)
    {
        _header.AddRange([.. name, .. BitConverter.GetBytes(type), .. value]);
        _keys++;
        return this;
    }

    public GgufBytes Tensor(string name, uint type, ulong offset, params ulong[] shape)
    {
        _header.AddRange([.. Text(name), .. BitConverter.GetBytes((uint)shape.Length)]);
        _header.AddRange([.. shape.SelectMany(BitConverter.GetBytes)]);
        _header.AddRange([.. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        _tensors++;
        return this;
    }

    public byte[] ToArray()
    {
        byte[] header =
        [
            .. Magic,
            .. BitConverter.GetBytes(Version),
            .. BitConverter.GetBytes(TensorCount ?? _tensors),
            .. BitConverter.GetBytes(KeyCount ?? _keys),
            .. _header,
        ];
        var padding = Data is null ? 0 : (Alignment - header.Length % Alignment) % Alignment;
        return [.. header, .. new byte[padding], .. Data ?? []];
    }
}
