using System.Globalization;

namespace Tandem.Plans;

/// <summary>A run of neighbouring parts of something that is cut, such as some heads of a layer's.</summary>
/// <param name="First">The first part.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Whole">How many parts the whole has.</param>
public readonly record struct Share(int First, int Count, int Whole)
{
    /// <summary>One behind the last part.</summary>
    public int End => First + Count;

    /// <summary>Whether nothing is missing.</summary>
    public bool IsWhole => Count == Whole;

    /// <summary>All parts of a whole.</summary>
    public static Share All(int whole) => new(0, whole, whole);

    /// <summary>The same share of a whole whose parts are cut into <paramref name="pieces"/> each.</summary>
    public Share Times(int pieces) => new(First * pieces, Count * pieces, Whole * pieces);

    /// <summary>Whether a part belongs to it.</summary>
    public bool Contains(int part) => part >= First && part < End;

    /// <inheritdoc/>
    public override string ToString() =>
        Count switch
        {
            0 => "none",
            1 => First.ToString(CultureInfo.InvariantCulture),
            _ => string.Create(CultureInfo.InvariantCulture, $"{First}-{End - 1}"),
        };
}
