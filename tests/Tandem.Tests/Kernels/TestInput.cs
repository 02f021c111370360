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
            Allocate(tokens * columns * 2),
        ];
        View = new ActivationView
        {
            Stride = columns,
            Values = (float*)_memory[0],
            Numbers = (sbyte*)_memory[1],
            Scales = (float*)_memory[2],
            Sums = (int*)_memory[3],
            BFloats = (ushort*)_memory[4],
        };
        for (var i = 0; i < tokens * columns; i++)
        {
            View.Values[i] = i % columns < width ? (float)(random.NextDouble() * 2 - 1) : 0;
        }
        for (var token = 0; token < tokens; token++)
        {
            View.QuantiseRow(token, 0, columns);
            View.RoundRow(token, 0, columns);
        }
    }

    public ActivationView View { get; }

    /// <summary>What a kernel sees that takes activations in that form.</summary>
    public double Value(int token, int column, ActivationFormats form)
    {
        var at = token * View.Stride + column;
        return form switch
        {
            ActivationFormats.Int8 => View.Numbers[at] * (double)View.Scales[at / 32],
            ActivationFormats.BFloat16 => BitConverter.UInt32BitsToSingle((uint)View.BFloats[at] << 16),
            _ => View.Values[at],
        };
    }

    public void Dispose()
    {
        foreach (var block in _memory)
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }
}
