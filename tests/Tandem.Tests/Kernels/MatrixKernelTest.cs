using System.Runtime.Intrinsics;
using Tandem.Formats;
using Tandem.Kernels;

namespace Tandem.Tests.Kernels;

/// <summary>Every kernel against sums in double precision over the decoded weights.</summary>
public unsafe class MatrixKernelTest
{
    private const int Seed = 7;

    public static TheoryData<string> Formats => [.. FormatTable.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_packed_row_reads_back_as_it_decodes(string name)
    {
        var format = FormatTable.ByName(name)!;
        using var matrix = new TestMatrix(format, rows: 21, columns: 512, new Random(Seed), exactActivations: false);
        var row = new float[512];
        for (var i = 0; i < 21; i++)
        {
            matrix.ReadRow(i, row);
            for (var column = 0; column < row.Length; column++)
            {
                Assert.Equal(matrix.Weights[i * 512 + column], row[column], 1e-6f * MathF.Abs(row[column]) + 1e-9f);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Packing_allocates_nothing(string name)
    {
        const int Columns = 512;
        var format = FormatTable.ByName(name)!;
        var source = new byte[format.BytesOf(Columns) * PanelLayout.GroupRows];
        foreach (var cutsBlocks in format.Packing is null ? new[] { false } : [false, true])
        {
            var kernel = new KernelSet(KernelChoice.Portable, exactActivations: false).For(format, cutsBlocks);
            var packed = new byte[kernel.GroupBytes(Columns)];
            fixed (byte* first = source)
            fixed (byte* group = packed)
            {
                var rows = new SourceRows(first, format.BytesOf(Columns), PanelLayout.GroupRows);
                kernel.PackGroup(rows, 0, Columns, group);
                var before = GC.GetAllocatedBytesForCurrentThread();
                kernel.PackGroup(rows, 0, Columns, group);
                Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Products_of_every_size_are_the_exact_sums(string name)
    {
        var format = FormatTable.ByName(name)!;
        var random = new Random(Seed);
        foreach (var exact in new[] { false, true })
        {
            foreach (var rows in new[] { 1, 16, 17, 48 })
            {
                foreach (var blocks in new[] { 1, 2, 3 })
                {
                    var columns = Math.Max(32, format.BlockLength) * blocks;
                    using var matrix = new TestMatrix(format, rows, columns, random, exact);
                    foreach (var tokens in new[] { 1, 2, 3, 4, 5, 8, 63, 64, 65 })
                    {
                        matrix.Check(
                            tokens,
                            random,
                            $"{name}, {rows} × {columns}, {tokens} tokens, exact {exact}, seed {Seed}"
                        );
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Columns_that_are_cut_out_of_a_matrix_keep_their_weights_and_give_exact_sums(string name)
    {
        const int Columns = 768;
        var format = FormatTable.ByName(name)!;
        var random = new Random(Seed);
        var unit = format.Packing?.ScaleColumns ?? 1;
        for (var i = 0; i < 12; i++)
        {
            var first = random.Next(0, Columns / unit) * unit;
            var count = random.Next(1, (Columns - first) / unit + 1) * unit;
            var what = $"{name}, columns {first} to {first + count - 1} of {Columns}, seed {Seed}";
            foreach (var exact in new[] { false, true })
            {
                using var whole = new TestMatrix(format, 21, Columns, new Random(i), exact);
                using var cut = new TestMatrix(format, 21, Columns, new Random(i), exact, (first, count));
                var (wholeRow, cutRow) = (new float[Columns], new float[count]);
                for (var row = 0; row < 21; row++)
                {
                    whole.ReadRow(row, wholeRow);
                    cut.ReadRow(row, cutRow);
                    Assert.True(wholeRow.AsSpan(first, count).SequenceEqual(cutRow), $"{what}: row {row}");
                }
                foreach (var tokens in new[] { 1, 5, 64 })
                {
                    cut.Check(tokens, random, what);
                }
            }
        }
    }

    [Fact]
    public void Extreme_numbers_do_not_saturate()
    {
        var weights = Vector256.Create((byte)255);
        foreach (var number in new sbyte[] { -128, -127, 0, 127 })
        {
            var sums = IntegerDot.Add(Vector256.Create(3), weights, Vector256.Create(number));
            Assert.Equal(Vector256.Create(3 + 4 * 255 * number), sums);
        }
    }

    [Fact]
    public void A_token_gives_the_same_bits_in_every_tile()
    {
        var random = new Random(Seed);
        foreach (var format in FormatTable.All)
        {
            using var matrix = new TestMatrix(format, rows: 32, columns: 768, random, exactActivations: false);
            using var input = new TestInput(70, 768, random);
            var all = matrix.Multiply(input, 0, 70);
            for (var tokens = 1; tokens < 70; tokens++)
            {
                var part = matrix.Multiply(input, 70 - tokens, tokens);
                var expected = all.AsSpan((70 - tokens) * matrix.Stride);
                Assert.True(expected.SequenceEqual(part), $"{format}, the last {tokens} of 70 tokens");
            }
        }
    }
}
