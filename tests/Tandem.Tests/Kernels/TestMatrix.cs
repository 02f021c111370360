using System.Runtime.InteropServices;
using Tandem.Formats;
using Tandem.Kernels;

namespace Tandem.Tests.Kernels;

/// <summary>Random weights, packed by the kernel that multiplies with them.</summary>
internal sealed unsafe class TestMatrix : IDisposable
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
        (int First, int Count)? cut = null,
        Func<Format, bool, MatrixKernel>? kernel = null
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
        kernel ??= new KernelSet(KernelChoice.Portable, exactActivations).For;
        _packed = new PackedMatrix(kernel(format, cutsBlocks), rows, count);
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
                _packed.Kernel.Multiply(_packed.Group(group), 1, _columns, x, tokens, y + group * 16, Stride);
            }
        }
        return output;
    }

    public void Check(int tokens, Random random, string what)
    {
        using var input = new TestInput(tokens, _columns, random);
        var output = Multiply(input, 0, tokens);
        var form = _packed.Kernel.Input;
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < Stride; row++)
            {
                var (sum, magnitude) = (0.0, 1e-6);
                for (var column = 0; row < _rows && column < _columns; column++)
                {
                    var product = (double)Weights[row * _columns + column] * input.Value(token, column, form);
                    sum += product;
                    magnitude += Math.Abs(product);
                }
                Assert.True(Math.Abs(sum - output[token * Stride + row]) <= 2e-6 * magnitude, $"{what}: row {row}");
            }
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(_packed.Data);
}
