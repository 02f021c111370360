using Tandem.Formats;
using Tandem.Loading;

namespace Tandem.Tests.Loading;

/// <summary>
/// Thousands of damaged files: each is refused with an <see cref="InputException"/>, or opens and all its data can be
/// read; and neither allocates more than a few times the file.
/// </summary>
public class GgufFuzzTest
{
    private const int MutantsPerFile = 4000;

    // The smallest key takes 14 bytes of a file, and in memory two objects and an entry of a dictionary.
    private const int BytesPerByteMax = 16;
    private const int BytesMax = 64 * 1024;

    private static readonly ulong[] _extremes =
    [
        0,
        1,
        3,
        8,
        9,
        16,
        255,
        32767,
        65536,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFF,
        0x100000000,
        0x3FFFFFFFFFFFFFFF,
        0x7FFFFFFFFFFFFFFF,
        0x8000000000000000,
        0xFFFFFFFFFFFFFFE0,
        0xFFFFFFFFFFFFFFFF,
    ];

    [Theory]
    [InlineData("small")]
    [InlineData("vocabulary")]
    [InlineData("nested")]
    [InlineData("tensors")]
    public void A_damaged_file_is_refused_or_read_and_never_costs_what_it_claims(string name)
    {
        var files = Files();
        var whole = files[name];
        byte[][] others = [.. files.Values];
        var (refused, read) = (0, 0);
        for (var i = 0; i < MutantsPerFile; i++)
        {
            var random = new Random(TestRun.Seed + i);
            var mutant = Mutate(whole, others, random);
            if (mutant.Length == 0)
            {
                continue;
            }
            try
            {
                if (Opens(mutant))
                {
                    read++;
                }
                else
                {
                    refused++;
                }
            }
            catch (Exception error) when (error is not InputException)
            {
                Assert.Fail($"{name}, seed {TestRun.Seed + i}: {error}");
            }
        }
        // Both ways have been taken.
        Assert.True(refused > MutantsPerFile / 10 && read > MutantsPerFile / 100, $"{refused} refused, {read} read");
    }

    private static unsafe bool Opens(byte[] bytes)
    {
        fixed (byte* pointer = bytes)
        {
            using var stream = new UnmanagedMemoryStream(pointer, bytes.Length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = WeightFile.Open("mutant.gguf", stream);
                CheckAllocated(before, bytes.Length);
                ReadAll(file);
                return true;
            }
            catch (InputException error)
            {
                CheckAllocated(before, bytes.Length);
                Assert.InRange(error.Message.Length, 1, 1000);
                Assert.DoesNotContain('\n', error.Message);
                return false;
            }
        }
    }

    private static void CheckAllocated(long before, int fileBytes) =>
        Assert.InRange(
            GC.GetAllocatedBytesForCurrentThread() - before,
            0,
            BytesPerByteMax * (long)fileBytes + BytesMax
        );

    private static void ReadAll(WeightFile file)
    {
        foreach (var tensor in file.Header.Tensors.Values)
        {
            tensor.Format.Decode(file.Data(tensor), new float[tensor.Columns * tensor.Rows]);
        }
    }

    private static byte[] Mutate(byte[] whole, byte[][] others, Random random)
    {
        var bytes = whole.ToArray();
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes = bytes[..at];
                    break;
                case 3:
                    Overwrite(bytes, at, _extremes[random.Next(_extremes.Length)], random.Next(2) == 0 ? 4 : 8);
                    break;
                case 4:
                    var other = others[random.Next(others.Length)];
                    var from = random.Next(other.Length);
                    bytes = [.. bytes[..at], .. other[from..]];
                    break;
                default:
                    var length = random.Next(Math.Min(64, bytes.Length - at));
                    bytes = [.. bytes[..at], .. bytes[(at + length)..], .. bytes[at..(at + length)]];
                    break;
            }
        }
        return bytes;
    }

    private static void Overwrite(byte[] bytes, int at, ulong value, int width) =>
        BitConverter.GetBytes(value).AsSpan(0, Math.Min(width, bytes.Length - at)).CopyTo(bytes.AsSpan(at));

    private static Dictionary<string, byte[]> Files() =>
        new()
        {
            ["small"] = new GgufBytes { Data = new byte[36] }
                .Key("general.architecture", 8, GgufBytes.Text("llama"))
                .Key("llama.block_count", 4, BitConverter.GetBytes(1))
                .Tensor("t", 2, 0, 32, 2)
                .ToArray(),
            ["vocabulary"] = new GgufBytes()
                .Key(
                    "tokens",
                    9,
                    GgufBytes.Array(8, 60, [.. Enumerable.Range(0, 60).Select(i => GgufBytes.Text($"{i}"))])
                )
                .Key("scores", 9, GgufBytes.Array(6, 60, new byte[240]))
                .Key("types", 9, GgufBytes.Array(5, 60, new byte[240]))
                .ToArray(),
            ["nested"] = new GgufBytes()
                .Key(
                    "a",
                    9,
                    GgufBytes.Array(9, 3, [.. Enumerable.Repeat(GgufBytes.Array(9, 1, GgufBytes.Array(0, 0)), 3)])
                )
                .Key("b", 9, GgufBytes.Array(7, 40, new byte[40]))
                .Key("split.count", 2, 1, 0)
                .Key("c", 12, new byte[8])
                .ToArray(),
            ["tensors"] = Tensors(),
        };

    // One block of every format.
    private static byte[] Tensors()
    {
        using var output = new MemoryStream();
        var writer = new GgufWriter(output, alignment: 64);
        foreach (var format in FormatTable.All)
        {
            writer.AddTensor(format.Name, format, format.BlockLength, 1);
        }
        foreach (var format in FormatTable.All)
        {
            writer.Write(new byte[format.BlockBytes]);
        }
        writer.Finish();
        return output.ToArray();
    }
}
