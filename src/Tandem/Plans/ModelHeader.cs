namespace Tandem.Plans;

/// <summary>
/// All that a model's files say about it, without its weights: metadata and where each tensor lies. Plain data that
/// every layer may read; <c>Loading</c> fills it from a file, and <c>Models</c> builds a model's shape from it.
/// </summary>
/// <param name="Source">The name of the file (its first part), for messages.</param>
/// <param name="Metadata">The keys and values.</param>
/// <param name="Tensors">The tensors by name.</param>
public sealed record ModelHeader(string Source, Metadata Metadata, IReadOnlyDictionary<string, TensorInfo> Tensors)
{
    /// <summary>The value of <c>general.architecture</c>.</summary>
    /// <exception cref="InputException">The key is missing.</exception>
    public string Architecture => Metadata.String("general.architecture");

    /// <summary>Bytes that all tensors take in the files.</summary>
    public long TensorBytes => Tensors.Values.Sum(tensor => tensor.Bytes);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public TensorInfo Tensor(string name) =>
        Tensors.TryGetValue(name, out var tensor)
            ? tensor
            : throw new InputException(
                $"{Source}: tensor '{name}' is missing, and architecture {Architecture} needs it"
            );
}
