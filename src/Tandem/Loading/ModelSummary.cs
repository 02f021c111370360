using Tandem.Plans;

namespace Tandem.Loading;

/// <summary>What a model's header says about its size, for people and scripts. What the header leaves out is null.</summary>
public sealed record ModelSummary
{
    /// <summary>The file, or the first of several.</summary>
    public required string Source { get; init; }

    /// <summary>The name that its publisher gave it.</summary>
    public string? Name { get; init; }

    /// <summary>The architecture, such as <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>How many numbers all tensors hold.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes that all tensors take in the files.</summary>
    public required long Bytes { get; init; }

    /// <summary>The number formats, the one with most bytes first.</summary>
    public required IReadOnlyList<FormatShare> Formats { get; init; }

    /// <summary>How many files the model is in.</summary>
    public required int Parts { get; init; }

    /// <summary>Number of layers.</summary>
    public int? Layers { get; init; }

    /// <summary>Length of an activation between layers.</summary>
    public int? Embedding { get; init; }

    /// <summary>Rows of a feed-forward network's first matrices; the largest, where layers differ.</summary>
    public int? FeedForward { get; init; }

    /// <summary>Query heads of a layer; the largest number, where layers differ.</summary>
    public int? Heads { get; init; }

    /// <summary>Key and value heads of a layer; the largest number, where layers differ.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Experts of a layer.</summary>
    public int? Experts { get; init; }

    /// <summary>Experts that a token uses.</summary>
    public int? ExpertsUsed { get; init; }

    /// <summary>Tokens of the context that it was trained for.</summary>
    public int? Context { get; init; }

    /// <summary>Number of tokens in the vocabulary.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Sums up a header.</summary>
    /// <exception cref="InputException">The architecture is missing, or a size is no number.</exception>
    public static ModelSummary From(ModelHeader header)
    {
        var tensors = header.Tensors.Values.ToList();
        var metadata = header.Metadata;
        int? Largest(string key) =>
            metadata.Ints($"{header.Architecture}.{key}") is { Count: > 0 } sizes ? sizes.Max() : null;
        return new()
        {
            Source = header.Source,
            Name = metadata.Has("general.name") ? metadata.String("general.name") : null,
            Architecture = header.Architecture,
            Parameters = tensors.Sum(tensor => tensor.Columns * tensor.Rows),
            Bytes = header.TensorBytes,
            Formats =
            [
                .. tensors
                    .GroupBy(tensor => tensor.Format.Name)
                    .Select(group => new FormatShare(
                        group.Key,
                        group.Count(),
                        group.Sum(tensor => tensor.Columns * tensor.Rows),
                        group.Sum(tensor => tensor.Bytes)
                    ))
                    .OrderByDescending(share => share.Bytes),
            ],
            Parts = tensors.Count == 0 ? 1 : tensors.Max(tensor => tensor.Part) + 1,
            Layers = Largest("block_count"),
            Embedding = Largest("embedding_length"),
            FeedForward = Largest("feed_forward_length"),
            Heads = Largest("attention.head_count"),
            KeyValueHeads = Largest("attention.head_count_kv"),
            Experts = Largest("expert_count"),
            ExpertsUsed = Largest("expert_used_count"),
            Context = Largest("context_length"),
            Vocabulary = metadata.Has("tokenizer.ggml.tokens")
                ? metadata.Strings("tokenizer.ggml.tokens").Length
                : Largest("vocab_size"),
        };
    }
}
