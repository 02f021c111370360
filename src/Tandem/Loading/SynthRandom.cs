namespace Tandem.Loading;

/// <summary>
/// Random numbers that are the same on every machine and runtime (SplitMix64: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014).
/// </summary>
internal struct SynthRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to <paramref name="limit"/> − 1.</summary>
    public int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>
    /// A number of mean 0 and variance 1, nearly normal: the sum of four uniform ones. Whole numbers until the last
    /// step, because a library's logarithm may differ from machine to machine in the last digit.
    /// </summary>
    public float Normal()
    {
        var bits = Next();
        var sum =
            (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
        // A uniform number of 16 bits has the variance 2³² ÷ 12; four have the deviation 65536 ÷ √3.
        return (sum - 2 * 65535) * 2.6429e-5f;
    }
}
