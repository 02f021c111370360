using Tandem.Devices;

namespace Tandem.Models;

/// <summary>The angles of rotary embeddings, with the scalings of the context that files ask for.</summary>
internal static class RotaryBuilder
{
    /// <summary>The rotary embedding that the metadata describe.</summary>
    /// <exception cref="InputException">The scaling is of an unknown type.</exception>
    public static Rotary Build(Hyperparameters parameters, bool halves)
    {
        var rotary = Plain(parameters, halves, parameters.Float("rope.freq_base", 10_000));
        var factor = parameters.Float("rope.scaling.factor", 1);
        return parameters.Text("rope.scaling.type", "none") switch
        {
            "none" or "longrope" => rotary,
            "linear" => Scaled(rotary, factor),
            "yarn" => Yarn(parameters, rotary, factor),
            var other => throw new InputException(
                $"{parameters.Header.Source}: rope scaling '{other}' is unknown; known are none, linear, yarn and longrope"
            ),
        };
    }

    /// <summary>Without any scaling.</summary>
    public static Rotary Plain(Hyperparameters parameters, bool halves, float frequencyBase)
    {
        var dimensions = parameters.Int("rope.dimension_count", parameters.HeadSize);
        if (dimensions < 2 || dimensions % 2 != 0 || dimensions > parameters.HeadSize)
        {
            throw new InputException(
                $"{parameters.Header.Source}: {dimensions} rotary dimensions, expected an even number up to the head's {parameters.HeadSize}"
            );
        }
        var frequencies = new double[dimensions / 2];
        for (var pair = 0; pair < frequencies.Length; pair++)
        {
            frequencies[pair] = Math.Pow(frequencyBase, -2.0 * pair / dimensions);
        }
        return new Rotary { Frequencies = frequencies, Halves = halves };
    }

    /// <summary>Positions as if the context were shorter by a factor (Chen et al., 2023).</summary>
    private static Rotary Scaled(Rotary rotary, float factor) =>
        With(rotary, [.. rotary.Frequencies.Select(frequency => frequency / factor)], rotary.Magnitude);

    // Fast pairs keep their frequency, slow ones are scaled, those between are blended (Peng et al., 2023).
    private static Rotary Yarn(Hyperparameters parameters, Rotary rotary, float factor)
    {
        var trained = parameters.Int("rope.scaling.original_context_length", parameters.Positive("context_length"));
        var fast = parameters.Float("rope.scaling.yarn_beta_fast", 32);
        var slow = parameters.Float("rope.scaling.yarn_beta_slow", 1);
        var frequencyBase = parameters.Float("rope.freq_base", 10_000);
        double PairWithTurns(double turns) =>
            rotary.Pairs * Math.Log(trained / (turns * 2 * Math.PI)) / Math.Log(frequencyBase);

        var low = Math.Max(0, Math.Floor(PairWithTurns(fast)));
        var high = Math.Min(rotary.Pairs - 1, Math.Ceiling(PairWithTurns(slow)));
        var frequencies = new double[rotary.Pairs];
        for (var pair = 0; pair < frequencies.Length; pair++)
        {
            var kept = 1 - Math.Clamp((pair - low) / Math.Max(0.001, high - low), 0, 1);
            var frequency = rotary.Frequencies[pair];
            frequencies[pair] = frequency / factor * (1 - kept) + frequency * kept;
        }
        var magnitude = (1 + 0.1f * MathF.Log(factor)) * parameters.Float("rope.scaling.attn_factor", 1);
        return With(rotary, frequencies, magnitude);
    }

    /// <summary>The same angles, divided by the factors of a tensor where the file has it.</summary>
    public static Rotary Factored(Hyperparameters parameters, Rotary rotary, string tensor, float magnitude = 1) =>
        parameters.Header.Tensors.ContainsKey(tensor)
            ? new Rotary
            {
                Frequencies = rotary.Frequencies,
                Halves = rotary.Halves,
                Magnitude = magnitude,
                FactorsTensor = tensor,
            }
            : rotary;

    private static Rotary With(Rotary rotary, double[] frequencies, float magnitude) =>
        new()
        {
            Frequencies = frequencies,
            Halves = rotary.Halves,
            Magnitude = magnitude,
        };
}
