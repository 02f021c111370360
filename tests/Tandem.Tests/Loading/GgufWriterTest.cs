using CsCheck;
using Tandem.Formats;
using Tandem.Loading;

namespace Tandem.Tests.Loading;

public class GgufWriterTest
{
    private static readonly Gen<object> _array = Gen.OneOf(
        Array(Gen.Byte),
        Array(Gen.SByte),
        Array(Gen.UShort),
        Array(Gen.Short),
        Array(Gen.UInt),
        Array(Gen.Int),
        Array(Gen.Float),
        Array(Gen.Bool),
        Array(Gen.String),
        Array(Gen.ULong),
        Array(Gen.Long),
        Array(Gen.Double)
    );

    private static readonly Gen<object> _value = Gen.OneOf(
        Scalar(Gen.Byte),
        Scalar(Gen.SByte),
        Scalar(Gen.UShort),
        Scalar(Gen.Short),
        Scalar(Gen.UInt),
        Scalar(Gen.Int),
        Scalar(Gen.Float),
        Scalar(Gen.Bool),
        Scalar(Gen.String),
        Scalar(Gen.ULong),
        Scalar(Gen.Long),
        Scalar(Gen.Double),
        _array,
        Array(_array)
    );

    private static readonly Gen<(Format Format, long[] Shape)> _tensor = Gen.Select(
        Gen.Int[0, FormatTable.All.Count - 1].Select(i => FormatTable.All[i]),
        Gen.Long[1, 3].Array[1, 4],
        (format, lengths) => (format, (long[])[lengths[0] * format.BlockLength, .. lengths[1..]])
    );

    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Select(_value.Array[0, 8], _tensor.Array[0, 5], Gen.Int[3, 8].Select(power => 1 << power), Gen.Int[1, 100])
            .Sample(
                (values, tensors, alignment, pieceBytes) =>
                {
                    using var output = new MemoryStream();
                    var data = Write(output, values, tensors, alignment, pieceBytes);
                    using var opened = new OpenedBytes(output.ToArray());
                    var read = opened.File.Header;
                    for (var i = 0; i < values.Length; i++)
                    {
                        Assert.Equal(values[i], read.Metadata.Values[$"key.{i}"]);
                    }
                    Assert.Equal(values.Length + (alignment == 32 ? 0 : 1), read.Metadata.Values.Count);
                    Assert.Equal(tensors.Length, read.Tensors.Count);
                    for (var i = 0; i < tensors.Length; i++)
                    {
                        var tensor = read.Tensor($"tensor.{i}");
                        Assert.Equal(tensors[i].Format, tensor.Format);
                        Assert.Equal(tensors[i].Shape, tensor.Shape);
                        Assert.Equal(data[i], opened.File.Data(tensor).ToArray());
                        Assert.Equal(0, tensor.Offset % alignment);
                    }
                },
                seed: "0000KOIKBdb2",
                iter: 500
            );

    [Fact]
    public void Misuse_is_refused()
    {
        var format = FormatTable.ByName("Q4_0")!;
        Assert.Throws<ArgumentException>(() => new GgufWriter(Stream.Null, 24));
        var writer = new GgufWriter(Stream.Null);
        writer.Add("key", 1);
        Assert.Throws<ArgumentException>(() => writer.Add("key", 2));
        Assert.Throws<ArgumentException>(() => writer.Add("decimal", 1m));
        Assert.Throws<ArgumentException>(() => writer.Add("mixed", (object[])[1, "two"]));
        writer.AddTensor("a", format, 32);
        Assert.Throws<ArgumentException>(() => writer.AddTensor("a", format, 32));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("b", format, 48));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("b", format));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("b", format, 32, 0));
        Assert.Throws<InvalidOperationException>(() => writer.Write(new byte[19]));
        writer.Write(new byte[17]);
        Assert.Throws<InvalidOperationException>(writer.Finish);
        Assert.Throws<InvalidOperationException>(() => writer.Add("late", 1));
        Assert.Throws<InvalidOperationException>(() => writer.AddTensor("late", format, 32));
        writer.Write(new byte[1]);
        Assert.Throws<InvalidOperationException>(() => writer.Write(new byte[1]));
        writer.Finish();
    }

    private static byte[][] Write(
        Stream output,
        object[] values,
        (Format Format, long[] Shape)[] tensors,
        int alignment,
        int pieceBytes
    )
    {
        var writer = new GgufWriter(output, alignment);
        for (var i = 0; i < values.Length; i++)
        {
            writer.Add($"key.{i}", values[i]);
        }
        var random = new Random(1);
        var data = new List<byte[]>();
        for (var i = 0; i < tensors.Length; i++)
        {
            var (format, shape) = tensors[i];
            writer.AddTensor($"tensor.{i}", format, shape);
            data.Add(new byte[format.BytesOf(shape.Aggregate((product, length) => product * length))]);
            random.NextBytes(data[i]);
        }
        foreach (var piece in data.SelectMany(bytes => bytes.Chunk(pieceBytes)))
        {
            writer.Write(piece);
        }
        writer.Finish();
        return [.. data];
    }

    private static Gen<object> Scalar<T>(Gen<T> gen)
        where T : notnull => gen.Select(value => (object)value);

    private static Gen<object> Array<T>(Gen<T> gen) => gen.Array[0, 5].Select(items => (object)items);
}
