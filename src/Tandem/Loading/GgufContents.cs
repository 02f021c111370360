using Tandem.Plans;

namespace Tandem.Loading;

/// <summary>What the header of one GGUF file says.</summary>
/// <param name="Metadata">Keys and values.</param>
/// <param name="Tensors">The tensors in the file's order, with offsets from the file's start.</param>
internal sealed record GgufContents(IReadOnlyDictionary<string, object> Metadata, IReadOnlyList<TensorInfo> Tensors);
