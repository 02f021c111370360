using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Tandem.Formats;

/// <summary>
/// One block of a quantised format taken apart, as <see cref="Packing"/> describes it; on the stack, for millions of blocks are on a
/// model's way into memory.
/// </summary>
public struct BlockParts
{
    /// <summary>The largest block of any format.</summary>
    public const int ColumnsMax = 256;

    private const int SubScalesMax = ColumnsMax / 16;

    private NumberArray _numbers;
    private SubScaleArray _subScales;
    private SubMinArray _subMins;

    /// <summary>The numbers, a byte each, in column order.</summary>
    [UnscopedRef]
    public Span<byte> Numbers => _numbers;

    /// <summary>The scale of the block, as the bits of a half-precision number.</summary>
    public ushort Scale { get; set; }

    /// <summary>The min of the block, as the bits of a half-precision number.</summary>
    public ushort Min { get; set; }

    /// <summary>The sub-scales, one for each ScaleColumns columns.</summary>
    [UnscopedRef]
    public Span<sbyte> SubScales => _subScales;

    /// <summary>The sub-mins.</summary>
    [UnscopedRef]
    public Span<byte> SubMins => _subMins;

    [InlineArray(ColumnsMax)]
    private struct NumberArray
    {
        private byte _first;
    }

    [InlineArray(SubScalesMax)]
    private struct SubScaleArray
    {
        private sbyte _first;
    }

    [InlineArray(SubScalesMax)]
    private struct SubMinArray
    {
        private byte _first;
    }
}
