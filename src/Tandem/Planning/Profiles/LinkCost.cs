namespace Tandem.Planning.Profiles;

/// <summary>What a message takes: α + β·n for n bytes.</summary>
/// <param name="Microseconds">α, which the shortest takes.</param>
/// <param name="GBs">1 / β, in 10⁹ bytes a second.</param>
public sealed record LinkCost(double Microseconds, double GBs)
{
    /// <summary>Seconds that so many bytes take.</summary>
    public double Seconds(double bytes) => Microseconds * 1e-6 + bytes / (GBs * 1e9);

    /// <summary>Checks that it can be computed with.</summary>
    /// <exception cref="InputException">It cannot.</exception>
    internal void Check(string profile, string what)
    {
        if (!(Microseconds >= 0 && GBs > 0 && double.IsFinite(Microseconds)))
        {
            throw new InputException(
                FormattableString.Invariant(
                    $"profile '{profile}': {what} has {Microseconds} µs and {GBs} GB/s, expected 0 or more and more than 0"
                )
            );
        }
    }
}
