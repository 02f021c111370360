using System.Runtime.InteropServices;
using Tandem.Kernels;

namespace Tandem.Tests.Kernels;

/// <summary>Random activations of some tokens.</summary>
internal sealed unsafe class TestInput : IDisposable
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
