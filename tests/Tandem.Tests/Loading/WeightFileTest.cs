using System.Runtime.InteropServices;
using Tandem.Loading;

namespace Tandem.Tests.Loading;

/// <summary>Sound files.</summary>
public class WeightFileTest
{
    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Every_type_of_value_is_read(uint version)
    {
        using var opened = new OpenedBytes(
            new GgufBytes { Version = version }
                .Key("u8", 0, 200)
                .Key("i8", 1, 200)
                .Key("u16", 2, BitConverter.GetBytes((ushort)60000))
                .Key("i16", 3, BitConverter.GetBytes((short)-3))
                .Key("u32", 4, BitConverter.GetBytes(4000000000))
                .Key("i32", 5, BitConverter.GetBytes(-5))
                .Key("f32", 6, BitConverter.GetBytes(1.5f))
                .Key("bool", 7, 1)
                .Key("string", 8, GgufBytes.Text("höher\n"))
                .Key("u64", 10, BitConverter.GetBytes(ulong.MaxValue))
                .Key("i64", 11, BitConverter.GetBytes(long.MinValue))
                .Key("f64", 12, BitConverter.GetBytes(0.1))
                .Key("strings", 9, GgufBytes.Array(8, 2, GgufBytes.Text(""), GgufBytes.Text("b")))
                .Key("bools", 9, GgufBytes.Array(7, 3, [1, 0, 2]))
                .Key("floats", 9, GgufBytes.Array(6, 1, BitConverter.GetBytes(2f)))
                .Key("nested", 9, GgufBytes.Array(9, 2, GgufBytes.Array(0, 2, [1, 2]), GgufBytes.Array(8, 0)))
                .ToArray()
        );
        Dictionary<string, object> expected = new()
        {
            ["u8"] = (byte)200,
            ["i8"] = (sbyte)-56,
            ["u16"] = (ushort)60000,
            ["i16"] = (short)-3,
            ["u32"] = 4000000000u,
            ["i32"] = -5,
            ["f32"] = 1.5f,
            ["bool"] = true,
            ["string"] = "höher\n",
            ["u64"] = ulong.MaxValue,
            ["i64"] = long.MinValue,
            ["f64"] = 0.1,
            ["strings"] = (string[])["", "b"],
            ["bools"] = (bool[])[true, false, true],
            ["floats"] = (float[])[2f],
            ["nested"] = (object[])[new byte[] { 1, 2 }, Array.Empty<string>()],
        };
        Assert.Equal(expected, opened.File.Header.Metadata.Values);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void A_tensor_has_its_shape_and_its_bytes(int alignment)
    {
        byte[] data = [.. Enumerable.Range(0, alignment + 36).Select(i => (byte)i)];
        using var opened = new OpenedBytes(
            new GgufBytes { Data = data, Alignment = alignment }
                .Key("general.alignment", 4, BitConverter.GetBytes(alignment))
                .Tensor("b", 2, (ulong)alignment, 32, 2)
                .Tensor("a", 0, 0, 2)
                .ToArray()
        );
        var (a, b) = (opened.File.Header.Tensor("a"), opened.File.Header.Tensor("b"));
        Assert.Equal(("F32", "Q4_0"), (a.Format.Name, b.Format.Name));
        Assert.Equal([32, 2], b.Shape);
        Assert.Equal(data[..8], opened.File.Data(a).ToArray());
        Assert.Equal(data[alignment..], opened.File.Data(b).ToArray());
        Assert.Equal(data[(alignment + 18)..(alignment + 20)], opened.File.Data(b, 18, 2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => opened.File.Data(b, 35, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => opened.File.Data(b, -1, 2).Length);
    }

    [Fact]
    public void Tensors_of_more_than_two_GiB_are_reached()
    {
        const long Rows = 600_000;
        using var folder = new TemporaryFolder();
        var header = new GgufBytes { Data = [] }
            .Tensor("big", 0, 0, 1024, Rows)
            .ToArray();
        var path = folder.Write("big.gguf", header);
        using (var file = new FileStream(path, FileMode.Open))
        {
            // A sparse file: only the pages written take room on the disk.
            file.SetLength(header.Length + Rows * 4096);
            file.Seek(-4, SeekOrigin.End);
            file.Write([1, 2, 3, 4]);
        }
        using var weights = WeightFile.Open(path);
        var tensor = weights.Header.Tensor("big");
        Assert.Equal(Rows * 4096, tensor.Bytes);
        Assert.Equal([1, 2, 3, 4], weights.Data(tensor, Rows * 4096 - 4, 4).ToArray());
        Assert.Throws<OverflowException>(() => weights.Data(tensor).Length);
    }

    [Fact]
    public void A_link_is_followed()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "file",
            new GgufBytes { Data = [1, 2, 3, 4] }
                .Tensor("t", 0, 0, 1)
                .ToArray()
        );
        File.CreateSymbolicLink(folder["first"], "file");
        File.CreateSymbolicLink(folder["second.gguf"], folder["first"]);
        using var weights = WeightFile.Open(folder["second.gguf"]);
        Assert.Equal([1, 2, 3, 4], weights.Data(weights.Header.Tensor("t")).ToArray());
    }

    [Fact]
    public void Disposal_unmaps_the_file()
    {
        const string Maps = "/proc/self/maps";
        Assert.SkipUnless(File.Exists(Maps), "this system does not list a process's mappings");
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "model.gguf",
            new GgufBytes { Data = [1, 2, 3, 4] }
                .Tensor("t", 0, 0, 1)
                .ToArray()
        );
        var weights = WeightFile.Open(path);
        var tensor = weights.Header.Tensor("t");
        Assert.Contains(path, File.ReadAllText(Maps), StringComparison.Ordinal);
        weights.Dispose();
        weights.Dispose();
        Assert.DoesNotContain(path, File.ReadAllText(Maps), StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => weights.Data(tensor).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_part_of_a_model_in_parts_opens_all(int part)
    {
        using var folder = new TemporaryFolder();
        WriteParts(folder);
        using var weights = WeightFile.Open(folder[$"m-0000{part}-of-00003.gguf"]);
        Assert.Equal(folder["m-00001-of-00003.gguf"], weights.Header.Source);
        Assert.Equal("of the first", weights.Header.Metadata.String("general.name"));
        for (var i = 0; i < 3; i++)
        {
            var tensor = weights.Header.Tensor($"t{i}");
            Assert.Equal(i, tensor.Part);
            Assert.Equal([i], MemoryMarshal.Cast<byte, int>(weights.Data(tensor)).ToArray());
        }
    }

    [Fact]
    public void A_missing_part_is_named()
    {
        using var folder = new TemporaryFolder();
        WriteParts(folder);
        File.Delete(folder["m-00002-of-00003.gguf"]);
        var error = Assert.Throws<InputException>(() => WeightFile.Open(folder["m-00001-of-00003.gguf"]));
        Assert.Equal($"{folder["m-00002-of-00003.gguf"]}: no such file", error.Message);
    }

    [Theory]
    [InlineData("swapped", "it calls itself part 3 of 3, expected part 2 of 3")]
    [InlineData("repeated", "tensor t0 is there already in an earlier part")]
    [InlineData("short", "its 3 parts hold 3 tensors, expected 4")]
    [InlineData("renamed", "expected a name that ends in -00001-of-00003.gguf")]
    [InlineData("loose", "key 'split.no' is missing")]
    public void Parts_that_do_not_belong_together_are_refused(string fault, string message)
    {
        using var folder = new TemporaryFolder();
        WriteParts(folder, tensors: fault == "short" ? 4 : 3);
        var first = folder["m-00001-of-00003.gguf"];
        switch (fault)
        {
            case "swapped":
                File.Copy(folder["m-00003-of-00003.gguf"], folder["m-00002-of-00003.gguf"], overwrite: true);
                break;
            case "repeated":
                folder.Write("m-00003-of-00003.gguf", Part(2, 3, "t0"));
                break;
            case "renamed":
                File.Move(first, first = folder["model.gguf"]);
                break;
            case "loose":
                folder.Write("m-00002-of-00003.gguf", new GgufBytes().ToArray());
                break;
        }
        Assert.EndsWith(message, Assert.Throws<InputException>(() => WeightFile.Open(first)).Message);
    }

    [Fact]
    public void A_whole_model_may_have_the_name_of_a_part()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "m-00002-of-00003.gguf",
            new GgufBytes { Data = new byte[4] }
                .Tensor("t", 0, 0, 1)
                .ToArray()
        );
        using var weights = WeightFile.Open(path);
        Assert.Equal(path, weights.Header.Source);
    }

    private static void WriteParts(TemporaryFolder folder, int tensors = 3)
    {
        for (var part = 0; part < 3; part++)
        {
            folder.Write($"m-0000{part + 1}-of-00003.gguf", Part(part, tensors, $"t{part}"));
        }
    }

    private static byte[] Part(int part, int tensors, string name) =>
        new GgufBytes { Data = BitConverter.GetBytes(part) }
            .Key("split.no", 2, BitConverter.GetBytes((ushort)part))
            .Key("split.count", 2, BitConverter.GetBytes((ushort)3))
            .Key("split.tensors.count", 5, BitConverter.GetBytes(tensors))
            .Key("general.name", 8, GgufBytes.Text(part == 0 ? "of the first" : "of another"))
            .Tensor(name, 0, 0, 1)
            .ToArray();
}
