namespace Tandem.Trainer;

/// <summary>
/// Random numbers that are a function of a seed and a counter alone (SplitMix64: Steele, Lea, Flood, 2014), so that
/// any shard of any step can be drawn by any worker, and again after a pause.
/// </summary>
/// <param name="seed">Where the sequence begins.</param>
internal sealed class CountedRandom(ulong seed)
{
    private ulong _state = Mix(seed + Increment);

    private const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>The generator of one shard of one step.</summary>
    public static CountedRandom For(ulong seed, int step, int shard) =>
        new(Mix(seed) ^ Mix(((ulong)(uint)step << 16) | (uint)shard));

    /// <summary>64 random bits.</summary>
    public ulong Bits()
    {
        _state += Increment;
        return Mix(_state);
    }

    /// <summary>At least 0 and below the bound.</summary>
    public int Below(int bound) => (int)(((Bits() >> 32) * (ulong)bound) >> 32);

    /// <summary>True in that share of the calls.</summary>
    public bool Chance(double share) => (Bits() >> 11) * (1.0 / (1UL << 53)) < share;

    /// <summary>One of the items.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>Normal with mean 0 and deviation 1 (Box and Muller).</summary>
    public float Normal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(((Bits() >> 11) + 1) * (1.0 / (1UL << 53))));
        return (float)(radius * Math.Cos(2 * Math.PI * ((Bits() >> 11) * (1.0 / (1UL << 53)))));
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
