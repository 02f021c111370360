using Tandem.Plans;

namespace Tandem.Models;

/// <summary>
/// The metadata that decoders have in common, by the keys of the GGUF specification. What the architecture adds, its
/// own file sets.
/// </summary>
/// <param name="header">The model's header.</param>
/// <param name="context">Positions that it will be run with.</param>
internal sealed class Hyperparameters(ModelHeader header, int context)
{
    private readonly string _prefix = header.Architecture + ".";

    public ModelHeader Header => header;

    /// <summary>Positions that the model will be run with.</summary>
    public int Context => context;

    public int Layers => Positive("block_count");

    public int Heads => Positive("attention.head_count");

    public int Width => Positive("embedding_length");

    public int HeadSize => header.Metadata.Int(_prefix + "attention.key_length", Width / Heads);

    /// <summary>A decoder with nothing but what every one of them has.</summary>
    /// <param name="halves">Whether rotary pairs are the two halves of a head.</param>
    public DecoderShape Decoder(bool halves)
    {
        var rotary = RotaryBuilder.Build(this, halves);
        var keyHeads = Int("attention.head_count_kv", Heads);
        if (keyHeads < 1 || Heads % keyHeads != 0)
        {
            throw new InputException(
                $"{header.Source}: {Heads} query heads cannot share {keyHeads} key and value heads evenly"
            );
        }
        if (Layers > 4096 || HeadSize is < 1 or > 1024 || Int("attention.value_length", HeadSize) != HeadSize)
        {
            throw new InputException(
                $"{header.Source}: {Layers} layers with heads of {HeadSize} and values of {Int("attention.value_length", HeadSize)}; "
                    + "expected at most 4096 layers and equal heads and values of at most 1024"
            );
        }
        return new DecoderShape
        {
            Layers = Layers,
            Width = Width,
            QueryHeads = Heads,
            KeyValueHeads = keyHeads,
            HeadSize = HeadSize,
            FeedForward = Int("feed_forward_length", 0),
            Vocabulary = (int)header.Tensor("token_embd.weight").Rows,
            Context = Positive("context_length"),
            Epsilon = Float("attention.layer_norm_rms_epsilon"),
            AttentionScale = 1 / MathF.Sqrt(HeadSize),
            Rotary = _ => rotary,
        };
    }

    public int Int(string key, int fallback) => header.Metadata.Int(_prefix + key, fallback);

    public float Float(string key, float? fallback = null) => header.Metadata.Float(_prefix + key, fallback);

    public string Text(string key, string fallback) => header.Metadata.String(_prefix + key, fallback);

    /// <summary>A number that makes sense only above 0.</summary>
    public int Positive(string key)
    {
        var value = header.Metadata.Int(_prefix + key);
        return value > 0
            ? value
            : throw new InputException($"{header.Source}: key '{_prefix}{key}' holds {value}, expected more than 0");
    }
}
