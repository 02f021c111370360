using System.Runtime.InteropServices;
using Tandem.Kernels;

namespace Tandem.Tests.Kernels;

/// <summary>Packed weights of random bytes, so that every pattern of bits occurs; only the scales are ordinary numbers.</summary>
internal sealed unsafe class RandomWeights : IDisposable
{
    private readonly int _groups;
    private readonly int _columns;
    private readonly byte* _data;

    /// <summary>Weights in the layout of a kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="groups">Groups of 16 rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="random">Where the bytes come from.</param>
    /// <param name="numbers">What all bytes are instead; null for random ones.</param>
    public RandomWeights(MatrixKernel kernel, int groups, int columns, Random random, byte? numbers = null)
    {
        (_groups, _columns) = (groups, columns);
        Bytes = kernel.GroupBytes(columns) * groups;
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        Fill(kernel, _data, Bytes, random, numbers);
    }

    /// <summary>The first group.</summary>
    public byte* Data => _data;

    /// <summary>Bytes of all groups.</summary>
    public long Bytes { get; }

    /// <summary>Fills packed memory.</summary>
    public static void Fill(MatrixKernel kernel, byte* data, long bytes, Random random, byte? numbers = null)
    {
        var span = new Span<byte>(data, (int)bytes);
        if (kernel is not QuantisedKernel { Layout: var layout })
        {
            FillFloats(span, kernel.Format.BlockBytes, random);
            return;
        }
        random.NextBytes(span);
        if (numbers is { } number)
        {
            span.Fill(number);
        }
        for (var super = 0; super < span.Length; super += layout.SuperBytes)
        {
            FillFloats(span.Slice(super, layout.HeaderBytes), layout.CutsBlocks ? 4 : 2, random);
        }
    }

    /// <summary>The products with some tokens, [tokens, groups × 16].</summary>
    public float[] Multiply(MatrixKernel kernel, in ActivationView x, int tokens)
    {
        var output = new float[tokens * _groups * 16];
        fixed (float* y = output)
        {
            kernel.Multiply(_data, _groups, _columns, x, tokens, y, _groups * 16);
        }
        return output;
    }

    public void Dispose() => NativeMemory.AlignedFree(_data);

    // In bfloat16 the bits of a half stand for another number, an ordinary one as well.
    private static void FillFloats(Span<byte> bytes, int size, Random random)
    {
        for (var i = 0; i < bytes.Length; i += size)
        {
            var value = (float)(random.NextDouble() - 0.5);
            if (size == 4)
            {
                MemoryMarshal.Write(bytes[i..], value);
            }
            else
            {
                // Every third one is subnormal.
                MemoryMarshal.Write(bytes[i..], (Half)(random.Next(3) == 0 ? value * 1e-4f : value));
            }
        }
    }
}
