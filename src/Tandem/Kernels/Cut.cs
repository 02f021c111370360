namespace Tandem.Kernels;

/// <summary>
/// Where a list of candidates, thought of as sorted by falling value and among equals by rising index, is cut off. Found by
/// radix selection, a byte of the value at a time: four passes whatever the values are, and no sorting.
/// </summary>
internal ref struct Cut
{
    private readonly uint _key;
    private readonly double _target;
    private double _taken;

    private Cut(uint key, double taken, double target)
    {
        _key = key;
        _taken = taken;
        _target = target;
    }

    /// <summary>The value at which the list is cut: larger ones are kept, and of those equal to it the first few.</summary>
    public readonly float Value => Unordered(_key);

    /// <summary>The cut behind the largest <paramref name="count"/> values (behind all where there are fewer).</summary>
    public static Cut ByCount(ReadOnlySpan<float> values, int count) => Find(values, [], count);

    /// <summary>The cut behind the fewest largest values whose weights add up to at least <paramref name="mass"/>.</summary>
    /// <param name="values">The values that are ordered.</param>
    /// <param name="weights">The weight of each; equal values have equal weights.</param>
    /// <param name="mass">What the weights must add up to; at 0 the first value alone is kept.</param>
    public static Cut ByMass(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, double mass) =>
        Find(values, weights, Math.Max(mass, double.Epsilon));

    /// <summary>Whether a value is on the near side; asked of every value in the order of the list, as equals are taken in that order.</summary>
    public bool Keeps(float value, double weight)
    {
        var key = Ordered(value);
        if (key != _key)
        {
            return key > _key;
        }
        var keeps = _taken < _target;
        _taken += weight;
        return keeps;
    }

    private static Cut Find(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, double target)
    {
        Span<double> amounts = stackalloc double[256];
        Span<int> counts = stackalloc int[256];
        var prefix = 0UL;
        var taken = 0.0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            amounts.Clear();
            counts.Clear();
            for (var i = 0; i < values.Length; i++)
            {
                var key = (ulong)Ordered(values[i]);
                if (key >> (shift + 8) == prefix)
                {
                    var bucket = (int)(key >> shift) & 255;
                    counts[bucket]++;
                    amounts[bucket] += weights.IsEmpty ? 1 : weights[i];
                }
            }
            (var chosen, taken) = Descend(counts, amounts, taken, target);
            prefix = (prefix << 8) | (uint)chosen;
        }
        return new Cut((uint)prefix, taken, target);
    }

    // The bucket in which the target is reached, and what lies above it. Where rounding leaves the target just out of
    // reach, that is the lowest bucket that holds anything.
    private static (int Bucket, double Above) Descend(
        ReadOnlySpan<int> counts,
        ReadOnlySpan<double> amounts,
        double taken,
        double target
    )
    {
        var (chosen, above) = (0, taken);
        for (var bucket = 255; bucket >= 0; bucket--)
        {
            if (counts[bucket] == 0)
            {
                continue;
            }
            (chosen, above) = (bucket, taken);
            taken += amounts[bucket];
            if (taken >= target)
            {
                break;
            }
        }
        return (chosen, above);
    }

    // Floats in their order as unsigned integers; −0 becomes 0, as the two are equal.
    private static uint Ordered(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    private static float Unordered(uint key) =>
        BitConverter.UInt32BitsToSingle((key & 0x80000000) != 0 ? key & 0x7FFFFFFF : ~key);
}
