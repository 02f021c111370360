namespace Tandem.Formats;

/// <summary>One block of a quantised format taken apart, as <see cref="Packing"/> describes it.</summary>
public sealed class BlockParts
{
    /// <summary>The largest block of any format.</summary>
    public const int ColumnsMax = 256;

    /// <summary>The numbers, a byte each, in column order.</summary>
    public byte[] Numbers { get; } = new byte[ColumnsMax];

    /// <summary>The scale of the block, as the bits of a half-precision number.</summary>
    public ushort Scale { get; set; }

    /// <summary>The min of the block, as the bits of a half-precision number.</summary>
    public ushort Min { get; set; }

    /// <summary>The sub-scales, one for each ScaleColumns columns.</summary>
    public sbyte[] SubScales { get; } = new sbyte[ColumnsMax / 16];

    /// <summary>The sub-mins.</summary>
    public byte[] SubMins { get; } = new byte[ColumnsMax / 16];
}
