namespace Tandem.Formats;

/// <summary>
/// How the blocks of a quantised format come apart into whole numbers and scales, which is all that packing and
/// kernels need to know of it. A value is
/// <c>scale · subScale · (number − Bias) + MinSign · min · subMin</c>, where the numbers are 0 to 2^Bits − 1 (looked up
/// in <see cref="Table"/> first, where there is one), and sub-scales and sub-mins are 1 in formats that have none.
/// </summary>
public sealed record Packing
{
    /// <summary>Bits of a number: 2, 3, 4, 5, 6 or 8.</summary>
    public required int Bits { get; init; }

    /// <summary>Subtracted from each number.</summary>
    public int Bias { get; init; }

    /// <summary>Columns that share one scale (and min): the length of the format's block, 32 or 256.</summary>
    public int SuperColumns { get; init; } = 32;

    /// <summary>Columns that share one sub-scale: 16 or 32.</summary>
    public int ScaleColumns { get; init; } = 32;

    /// <summary>Whether there are sub-scales within the block.</summary>
    public bool HasSubScales => SuperColumns > 32;

    /// <summary>Sign of the min: 0 where the format has none.</summary>
    public int MinSign { get; init; }

    /// <summary>Whether sub-scale and sub-min are four bits each and share a byte.</summary>
    public bool SharesScaleByte { get; init; }

    /// <summary>What the numbers stand for, plus <see cref="Bias"/>, where they are not evenly spaced; else null.</summary>
    public byte[]? Table { get; init; }

    /// <summary>
    /// Where in a block of 32 columns the numbers begin, if kernels can take them as they are: four bits each, those of columns 0–15
    /// below and 16–31 above, or signed bytes, whose sign is flipped; the block then begins with its scale, and its min, if any, is
    /// next. Null where numbers lie otherwise.
    /// </summary>
    public int? NumbersAt { get; init; }
}
