namespace Tandem.Examples.Gradients;

/// <summary>
/// Random numbers that are a function of a seed and an index alone (SplitMix64: Steele, Lea, Flood, 2014), so that any worker can
/// draw any image.
/// </summary>
/// <param name="seed">Of all that is drawn.</param>
/// <param name="index">Of what is drawn now.</param>
internal struct Draws(int seed, long index)
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private ulong _state = Mix(Mix((ulong)seed + Increment) ^ (ulong)index);

    /// <summary>At least 0 and below the bound.</summary>
    public int Below(int bound) => (int)(((Bits() >> 32) * (ulong)bound) >> 32);

    /// <summary>Uniform between the two numbers.</summary>
    public float Between(float low, float high) => low + ((high - low) * (Bits() >> 40) * (1f / (1 << 24)));

    private ulong Bits()
    {
        _state += Increment;
        return Mix(_state);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
