using System.Runtime.InteropServices;
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

    private sealed class TestMatrix : IDisposable
    {
        private readonly PackedMatrix _packed;
        private readonly int _rows;
        private readonly int _columns;

        public TestMatrix(
            Format format,
            int rows,
            int columns,
            Random random,
            bool exactActivations,
            (int First, int Count)? cut = null
        )
        {
            var (firstColumn, count) = cut ?? (0, columns);
            (_rows, _columns) = (rows, count);
            var weights = new float[rows * columns];
            var values = weights.Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
            var rowBytes = (int)format.BytesOf(columns);
            var file = new byte[rowBytes * rows];
            for (var row = 0; row < rows; row++)
            {
                format.Encode(values.AsSpan(row * columns, columns), file.AsSpan(row * rowBytes, rowBytes));
            }
            format.Decode(file, weights);
            Weights = [.. weights.Chunk(columns).SelectMany(row => row.Skip(firstColumn).Take(count))];
            var cutsBlocks = firstColumn % format.BlockLength != 0 || count % format.BlockLength != 0;
            _packed = new PackedMatrix(MatrixKernel.For(format, exactActivations, cutsBlocks), rows, count);
            _packed.Data = (byte*)NativeMemory.AlignedAlloc((nuint)_packed.Bytes, 64);
            fixed (byte* source = file)
            {
                for (var group = 0; group < _packed.Groups; group++)
                {
                    var first = group * 16;
                    var groupRows = new SourceRows(source + first * rowBytes, rowBytes, Math.Min(16, rows - first));
                    _packed.Kernel.PackGroup(groupRows, firstColumn, count, _packed.Group(group));
                }
            }
        }

        /// <summary>What the file's numbers stand for, [rows, columns].</summary>
        public float[] Weights { get; }

        public int Stride => _packed.Groups * 16;

        public void ReadRow(int row, float[] values)
        {
            fixed (float* output = values)
            {
                _packed.Kernel.ReadRow(_packed.Group(row / 16), _columns, row % 16, output);
            }
        }

        public float[] Multiply(TestInput input, int first, int tokens)
        {
            var output = new float[tokens * Stride];
            fixed (float* y = output)
            {
                for (var group = 0; group < _packed.Groups; group++)
                {
                    var x = input.View.From(first);
                    _packed.Kernel.Multiply(_packed.Group(group), _columns, x, tokens, y + group * 16, Stride);
                }
            }
            return output;
        }

        public void Check(int tokens, Random random, string what)
        {
            using var input = new TestInput(tokens, _columns, random);
            var output = Multiply(input, 0, tokens);
            var integers = _packed.Kernel.Input == ActivationFormats.Int8;
            for (var token = 0; token < tokens; token++)
            {
                for (var row = 0; row < Stride; row++)
                {
                    var (sum, magnitude) = (0.0, 1e-6);
                    for (var column = 0; row < _rows && column < _columns; column++)
                    {
                        var product = (double)Weights[row * _columns + column] * input.Value(token, column, integers);
                        sum += product;
                        magnitude += Math.Abs(product);
                    }
                    Assert.True(Math.Abs(sum - output[token * Stride + row]) <= 2e-6 * magnitude, $"{what}: row {row}");
                }
            }
        }

        public void Dispose() => NativeMemory.AlignedFree(_packed.Data);
    }

    private sealed class TestInput : IDisposable
    {
        private readonly nint[] _memory;

        public TestInput(int tokens, int width, Random random)
        {
            var columns = (width + 31) / 32 * 32;
            nint Allocate(int bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _memory =
            [
                Allocate(tokens * columns * 4),
                Allocate(tokens * columns),
                Allocate(tokens * columns),
                Allocate(tokens * columns),
            ];
            View = new ActivationView
            {
                Stride = columns,
                Values = (float*)_memory[0],
                Numbers = (sbyte*)_memory[1],
                Scales = (float*)_memory[2],
                Sums = (int*)_memory[3],
            };
            for (var i = 0; i < tokens * columns; i++)
            {
                View.Values[i] = i % columns < width ? (float)(random.NextDouble() * 2 - 1) : 0;
            }
            for (var token = 0; token < tokens; token++)
            {
                View.QuantiseRow(token, 0, columns);
            }
        }

        public ActivationView View { get; }

        public double Value(int token, int column, bool integers)
        {
            var at = token * View.Stride + column;
            return integers ? View.Numbers[at] * (double)View.Scales[at / 32] : View.Values[at];
        }

        public void Dispose()
        {
            foreach (var block in _memory)
            {
                NativeMemory.AlignedFree((void*)block);
            }
        }
    }
}
