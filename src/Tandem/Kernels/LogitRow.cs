using System.Numerics;
using System.Runtime.InteropServices;

namespace Tandem.Kernels;

/// <summary>
/// Passes over one row of logits, [vocabulary]. Vectors are 512 bits wide on every CPU (narrower ones take two or four steps), so
/// sums have one order and their result does not depend on the instruction set's width. Maxima are kept for each block
/// of the row: later passes skip blocks that cannot hold what they look for.
/// </summary>
internal static class LogitRow
{
    /// <summary>Logits in a block: eight vectors.</summary>
    public const int BlockLength = 128;

    private static int Lanes => Vector512<float>.Count;

    /// <summary>Blocks in a row.</summary>
    public static int Blocks(int vocabulary) => (vocabulary + BlockLength - 1) / BlockLength;

    /// <summary>Largest logit of each block, into <paramref name="maxima"/>; returns the largest of all, NaN where a logit is NaN.</summary>
    public static float Maxima(ReadOnlySpan<float> logits, Span<float> maxima)
    {
        var largest = float.NegativeInfinity;
        for (var block = 0; block < maxima.Length; block++)
        {
            var end = Math.Min(logits.Length, (block + 1) * BlockLength);
            var blockMax = Vector512.Create(float.NegativeInfinity);
            for (var at = block * BlockLength; at < end; at += Lanes)
            {
                blockMax = Vector512.Max(blockMax, Load(logits, at));
            }
            maxima[block] = Largest(blockMax);
            largest = float.Max(largest, maxima[block]);
        }
        return largest;
    }

    /// <summary>The lowest id whose logit equals <paramref name="value"/>, the largest of the row.</summary>
    public static int FirstOf(ReadOnlySpan<float> logits, ReadOnlySpan<float> maxima, float value)
    {
        var block = 0;
        while (maxima[block] != value)
        {
            block++;
        }
        var at = block * BlockLength;
        while (logits[at] != value)
        {
            at++;
        }
        return at;
    }

    /// <summary>Σ exp((logit − largest) × scale) over the row.</summary>
    public static double SumOfExponentials(ReadOnlySpan<float> logits, float largest, float scale)
    {
        var sum = 0.0;
        for (var start = 0; start < logits.Length; start += BlockLength)
        {
            var end = Math.Min(logits.Length, start + BlockLength);
            var blockSum = Vector512<float>.Zero;
            for (var at = start; at < end; at += Lanes)
            {
                blockSum += Vector512.Exp((Load(logits, at) - Vector512.Create(largest)) * scale);
            }
            sum += Vector512.Sum(blockSum);
        }
        return sum;
    }

    /// <summary>Ids and logits of all entries of at least <paramref name="bound"/>, by rising id; returns how many.</summary>
    public static int Collect(
        ReadOnlySpan<float> logits,
        ReadOnlySpan<float> maxima,
        float bound,
        Span<int> ids,
        Span<float> values
    )
    {
        var count = 0;
        for (var block = 0; block < maxima.Length; block++)
        {
            if (maxima[block] < bound)
            {
                continue;
            }
            var end = Math.Min(logits.Length, (block + 1) * BlockLength);
            for (var at = block * BlockLength; at < end; at += Lanes)
            {
                var mask = Vector512
                    .GreaterThanOrEqual(Load(logits, at), Vector512.Create(bound))
                    .ExtractMostSignificantBits();
                mask &= (1UL << Math.Min(Lanes, end - at)) - 1;
                for (; mask != 0; mask &= mask - 1)
                {
                    ids[count] = at + BitOperations.TrailingZeroCount(mask);
                    values[count] = logits[ids[count]];
                    count++;
                }
            }
        }
        return count;
    }

    /// <summary>exp((value − largest) × scale) of each value.</summary>
    public static void Exponentials(ReadOnlySpan<float> values, float largest, float scale, Span<float> weights)
    {
        for (var at = 0; at < values.Length; at += Lanes)
        {
            var weight = Vector512.Exp((Load(values, at) - Vector512.Create(largest)) * scale);
            if (at + Lanes <= values.Length)
            {
                weight.CopyTo(weights[at..]);
                continue;
            }
            for (var i = at; i < values.Length; i++)
            {
                weights[i] = weight[i - at];
            }
        }
    }

    // Past the end of the row come values that change neither a maximum nor a sum of exponentials.
    private static Vector512<float> Load(ReadOnlySpan<float> row, int at)
    {
        if (at + Lanes <= row.Length)
        {
            return Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(row), (nuint)at);
        }
        Span<float> padded = stackalloc float[Lanes];
        padded.Fill(float.NegativeInfinity);
        row[at..].CopyTo(padded);
        return Vector512.Create<float>(padded);
    }

    private static float Largest(Vector512<float> vector)
    {
        var half = Vector256.Max(vector.GetLower(), vector.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return float.Max(float.Max(quarter[0], quarter[1]), float.Max(quarter[2], quarter[3]));
    }
}
