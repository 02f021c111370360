using System.Runtime.Versioning;
using Tandem.Loading;

namespace Tandem.Tests.Loading;

/// <summary>Files that are no GGUF files, or damaged: each gets one line that says what, where, and what was expected.</summary>
public class BrokenWeightFileTest
{
    private static readonly byte[] _four = new byte[4];

    public static TheoryData<string, string> Faults => [.. _files.Select(file => (file.Key, file.Value.Message))];

    private static readonly Dictionary<string, (GgufBytes File, string Message)> _files = new()
    {
        ["magic"] = (
            new() { Magic = "PK\u0003\u0004"u8.ToArray() },
            "file header at byte 0: it begins with the bytes 504B0304, expected 47475546 (GGUF)"
        ),
        ["old"] = (new() { Version = 1 }, "at byte 4: GGUF version 1 is unknown, expected 2 or 3"),
        ["big-endian"] = (
            new() { Version = 0x03000000 },
            "it is a big-endian GGUF file; only little-endian ones are read: convert it to little-endian"
        ),
        ["key count"] = (
            new() { KeyCount = ulong.MaxValue },
            "at byte 16: the number of keys is 18446744073709551615, but the rest of the file holds 0 at most"
        ),
        ["tensor count"] = (
            new() { TensorCount = 1UL << 40 },
            "at byte 8: the number of tensors is 1099511627776, but the rest of the file holds 0 at most"
        ),
        ["long name"] = (
            new GgufBytes().Key(BitConverter.GetBytes(1UL << 63), 0, 1, 2),
            "key number 0 at byte 24: the length of its name is 9223372036854775808, but the rest of the file holds 6 at most"
        ),
        ["name"] = (
            new GgufBytes().Key([.. BitConverter.GetBytes(2UL), 0xC3, 0x28], 0, 1),
            "key number 0 at byte 24: its name is not valid UTF-8"
        ),
        ["type"] = (new GgufBytes().Key("a", 13, 1), "key a at byte 33: the type of its value is 13, expected 0 to 12"),
        ["item type"] = (
            new GgufBytes().Key("a", 9, GgufBytes.Array(99, 0)),
            "key a at byte 37: the type of its value is 99, expected 0 to 12"
        ),
        ["long text"] = (
            new GgufBytes().Key("a", 8, BitConverter.GetBytes(100UL)),
            "key a at byte 37: the length of its text is 100, but the rest of the file holds 0 at most"
        ),
        ["long array"] = (
            new GgufBytes().Key("a", 9, GgufBytes.Array(4, 1UL << 61, _four)),
            "key a at byte 41: the length of its array is 2305843009213693952, but the rest of the file holds 1 at most"
        ),
        ["many strings"] = (
            new GgufBytes().Key("a", 9, GgufBytes.Array(8, 2, GgufBytes.Text(""))),
            "key a at byte 41: the length of its array is 2, but the rest of the file holds 1 at most"
        ),
        ["deep array"] = (
            new GgufBytes().Key("a", 9, [.. Enumerable.Repeat(GgufBytes.Array(9, 1), 100).SelectMany(part => part)]),
            "key a at byte 85: arrays are nested more than 4 deep"
        ),
        ["repeated key"] = (new GgufBytes().Key("a", 0, 1).Key("a", 0, 1), "key a at byte 38: it is there twice"),
        ["alignment"] = (
            new GgufBytes().Key("general.alignment", 4, BitConverter.GetBytes(24)),
            "key general.alignment at byte 57: it holds UInt32 24, expected a 32-bit power of two"
        ),
        ["alignment type"] = (
            new GgufBytes().Key("general.alignment", 8, GgufBytes.Text("32")),
            "it holds String 32, expected a 32-bit power of two"
        ),
        ["no dimensions"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 0),
            "tensor t at byte 33: it has 0 dimensions, expected 1 to 4"
        ),
        ["many dimensions"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 0, 1, 1, 1, 1, 1),
            "tensor t at byte 33: it has 5 dimensions, expected 1 to 4"
        ),
        ["empty dimension"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 0, 1, 0),
            "tensor t at byte 45: dimension 1 has length 0, expected 1 or more and no more values than the file can hold"
        ),
        ["huge dimension"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 0, 1, ulong.MaxValue),
            "dimension 1 has length 18446744073709551615, expected 1 or more and no more values than the file can hold"
        ),
        ["overflowing product"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 0, 1UL << 32, 1UL << 32),
            "dimension 0 has length 4294967296, expected 1 or more and no more values than the file can hold"
        ),
        ["format"] = (
            new GgufBytes { Data = _four }.Tensor("t", 16, 0, 1),
            "tensor t at byte 45: its number format is 16, which is unknown; known are 0 F32, 1 F16, 30 BF16, 8 Q8_0, "
                + "2 Q4_0, 3 Q4_1, 6 Q5_0, 7 Q5_1, 10 Q2_K, 11 Q3_K, 12 Q4_K, 13 Q5_K, 14 Q6_K, 20 IQ4_NL, 23 IQ4_XS"
        ),
        ["row"] = (
            new GgufBytes { Data = new byte[64] }.Tensor("t", 8, 0, 48),
            "tensor t at byte 33: a row of 48 is no multiple of Q8_0's block of 32"
        ),
        ["repeated tensor"] = (
            new GgufBytes { Data = new byte[64] }
                .Tensor("t", 0, 0, 1)
                .Tensor("t", 0, 32, 1),
            "tensor t at byte 57: it is there twice"
        ),
        ["unaligned"] = (
            new GgufBytes { Data = new byte[64] }.Tensor("t", 0, 4, 1),
            "tensor t at byte 49: its offset is 4, expected a multiple of 32 within the file's 128 bytes"
        ),
        ["far"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, ulong.MaxValue - 31, 1),
            "its offset is 18446744073709551584, expected a multiple of 32 within the file's 68 bytes"
        ),
        ["outside"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 32, 1),
            "tensor t at byte 96: it takes 4 bytes, but the file ends at byte 68: it is cut short"
        ),
        ["cut"] = (
            new GgufBytes { Data = _four }.Tensor("t", 0, 0, 2),
            "tensor t at byte 64: it takes 8 bytes, but the file ends at byte 68: it is cut short"
        ),
        ["overlap"] = (
            new GgufBytes { Data = new byte[256] }
                .Tensor("t", 0, 32, 16)
                .Tensor("u", 0, 0, 16),
            "tensor t at byte 128: it overlaps the tensor before it, which ends at byte 160"
        ),
        ["hostile name"] = (
            new GgufBytes().Key("two\nlines\u001b[31m", 13, 1),
            "key two\uFFFDlines\uFFFD[31m at byte 46: the type of its value is 13, expected 0 to 12"
        ),
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_with_its_place(string fault, string message)
    {
        var error = Assert.Throws<InputException>(() => new OpenedBytes(_files[fault].File.ToArray()));
        Assert.StartsWith("test.gguf: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        var whole = new GgufBytes { Data = new byte[100] }
            .Key("general.architecture", 8, GgufBytes.Text("llama"))
            .Key("tokens", 9, GgufBytes.Array(8, 2, GgufBytes.Text("a"), GgufBytes.Text("b")))
            .Key("scores", 9, GgufBytes.Array(6, 2, new byte[8]))
            .Tensor("a", 0, 0, 16)
            .Tensor("b", 2, 64, 32, 2)
            .ToArray();
        new OpenedBytes(whole).Dispose();
        for (var length = 1; length < whole.Length; length++)
        {
            var error = Assert.Throws<InputException>(() => new OpenedBytes(whole.AsSpan(0, length)));
            Assert.Contains(" at byte ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(
            $"{folder.Path}: is a directory, expected a GGUF file",
            Assert.Throws<InputException>(() => WeightFile.Open(folder.Path)).Message
        );
        Assert.Equal(
            $"{folder["none.gguf"]}: no such file",
            Assert.Throws<InputException>(() => WeightFile.Open(folder["none.gguf"])).Message
        );
        Assert.Equal(
            $"{folder["no/folder.gguf"]}: no such file",
            Assert.Throws<InputException>(() => WeightFile.Open(folder["no/folder.gguf"])).Message
        );
        var empty = folder.Write("empty.gguf", []);
        Assert.Equal(
            $"{empty}: is empty (0 bytes), expected a GGUF file",
            Assert.Throws<InputException>(() => WeightFile.Open(empty)).Message
        );
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_without_permission_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are those of Unix");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "an administrator may read everything");
        using var folder = new TemporaryFolder();
        var path = folder.Write("secret.gguf", new GgufBytes().ToArray());
        File.SetUnixFileMode(path, UnixFileMode.None);
        var error = Assert.Throws<InputException>(() => WeightFile.Open(path));
        Assert.Equal($"{path}: no permission to read it", error.Message);
    }
}
