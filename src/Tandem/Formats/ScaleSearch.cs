namespace Tandem.Formats;

/// <summary>
/// Finds the scale (and least value) that represents a run of floats by few codes with a small squared error. Plain
/// scalar arithmetic in a fixed order: the same input gives the same bytes on every machine.
/// </summary>
internal static class ScaleSearch
{
    // The grid is widened and narrowed by up to this many steps of a twentieth of a code around the plain choice.
    private const int Trials = 8;

    /// <summary>The element of largest magnitude, with its sign; 0 for an empty or all-zero run.</summary>
    public static float Extreme(ReadOnlySpan<float> values)
    {
        var extreme = 0f;
        foreach (var value in values)
        {
            if (MathF.Abs(value) > MathF.Abs(extreme))
            {
                extreme = value;
            }
        }
        return extreme;
    }

    /// <summary>The lowest and highest element.</summary>
    public static (float Lowest, float Highest) Range(ReadOnlySpan<float> values)
    {
        var (lowest, highest) = (values[0], values[0]);
        foreach (var value in values)
        {
            lowest = MathF.Min(lowest, value);
            highest = MathF.Max(highest, value);
        }
        return (lowest, highest);
    }

    /// <summary>
    /// A scale s, of either sign, for values ≈ s × code with code in −<paramref name="half"/>…<paramref name="half"/>−1.
    /// The plain choice puts the extreme at −half, the wider end; its neighbours trade a clipped extreme for finer
    /// steps. For a fixed set of codes the best scale is Σvc ÷ Σc², and it removes (Σvc)² ÷ Σc² of the squared error.
    /// </summary>
    public static float Symmetric(ReadOnlySpan<float> values, int half)
    {
        var extreme = Extreme(values);
        if (extreme == 0)
        {
            return 0;
        }
        var (best, bestGain) = (0f, 0.0);
        for (var trial = -Trials; trial <= Trials; trial++)
        {
            var inverse = -(half + 0.05f * trial) / extreme;
            var (product, square) = (0.0, 0.0);
            foreach (var value in values)
            {
                var code = Math.Clamp(MathF.Round(value * inverse), -half, half - 1);
                product += value * code;
                square += code * code;
            }
            var gain = product * product / square;
            if (gain > bestGain)
            {
                (best, bestGain) = ((float)(product / square), gain);
            }
        }
        return best;
    }

    /// <summary>
    /// A scale s ≥ 0 and a min m ≥ 0 for values ≈ s × code − m with code in 0…<paramref name="highest"/>, by
    /// alternating rounding and a least-squares line through (code, value).
    /// </summary>
    public static (float Scale, float Min) Affine(ReadOnlySpan<float> values, int highest)
    {
        var (lowest, top) = Range(values);
        var least = MathF.Min(lowest, 0);
        var scale = (top - least) / highest;
        if (!(scale > 0))
        {
            return (0, -least);
        }
        var best = (Scale: scale, Min: -least);
        var bestError = double.PositiveInfinity;
        var trial = best;
        for (var round = 0; round < Trials && trial.Scale > 0; round++)
        {
            var (error, next) = Refit(values, trial.Scale, trial.Min, highest);
            if (error >= bestError)
            {
                break;
            }
            (best, bestError, trial) = (trial, error, next);
        }
        return best;
    }

    private static (double Error, (float Scale, float Min) Line) Refit(
        ReadOnlySpan<float> values,
        float scale,
        float min,
        int highest
    )
    {
        var (error, codes, squares, sum, products) = (0.0, 0.0, 0.0, 0.0, 0.0);
        foreach (var value in values)
        {
            double code = Math.Clamp(MathF.Round((value + min) / scale), 0, highest);
            var miss = value - (scale * code - min);
            error += miss * miss;
            codes += code;
            squares += code * code;
            sum += value;
            products += value * code;
        }
        var determinant = values.Length * squares - codes * codes;
        if (determinant <= 0)
        {
            return (error, (0, min));
        }
        var slope = (values.Length * products - codes * sum) / determinant;
        var start = (sum - slope * codes) / values.Length;
        // The formats store the min unsigned: a line that starts above zero is refitted through zero.
        return start <= 0 ? (error, ((float)slope, (float)-start)) : (error, ((float)(products / squares), 0));
    }
}
