namespace Tandem.Devices;

/// <summary>
/// How positions turn queries and keys (RoPE; Su et al., 2021): the angle of pair i at position p is
/// p × <see cref="Frequencies"/>[i]. Scalings of the context are already in the frequencies.
/// </summary>
internal sealed class Rotary
{
    /// <summary>Radians a position for each pair, [pairs].</summary>
    public required double[] Frequencies { get; init; }

    /// <summary>Whether pair i is dimensions i and i + pairs (as in GPT-NeoX) rather than 2i and 2i + 1.</summary>
    public required bool Halves { get; init; }

    /// <summary>Multiplies cosine and sine, as YaRN asks for; 1 otherwise.</summary>
    public float Magnitude { get; init; } = 1;

    /// <summary>The tensor whose factors divide the frequencies, as Llama 3.1 and Phi 3 have them; null for none.</summary>
    public string? FactorsTensor { get; init; }

    /// <summary>Divides the frequencies by the factors of <see cref="FactorsTensor"/>; the loader does it, once.</summary>
    public void Divide(ReadOnlySpan<float> factors)
    {
        for (var pair = 0; pair < Pairs; pair++)
        {
            Frequencies[pair] /= factors[pair];
        }
    }

    /// <summary>Pairs that are turned; dimensions beyond them stay.</summary>
    public int Pairs => Frequencies.Length;
}
