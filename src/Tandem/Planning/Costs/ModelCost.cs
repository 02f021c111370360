using Tandem.Models;
using Tandem.Models.Architectures;
using Tandem.Plans;

namespace Tandem.Planning.Costs;

/// <summary>What a model costs: computed from its header, without weights.</summary>
public sealed record ModelCost
{
    // Bytes of an activation that goes from stage to stage, or is summed over ranks, for each number of the residual stream.
    private const int StreamNumberBytes = 4;

    /// <summary>Bytes of a number in the cache: of half precision, which is the usual one.</summary>
    internal const int CacheNumberBytes = 2;

    /// <summary>The model's file.</summary>
    public required string Source { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Query heads of a layer.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Key and value heads of a layer.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Numbers of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Rows of the feed-forward that a token goes through, experts together.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Rows of one expert's feed-forward, or of the dense one: what ranks cut.</summary>
    public required int FeedForwardRows { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>The most ranks that can share a layer by its rows.</summary>
    public int RanksMax { get; init; } = int.MaxValue;

    /// <summary>Positions that the model was trained for.</summary>
    public required int Context { get; init; }

    /// <summary>The layers.</summary>
    public required IReadOnlyList<BlockCost> Blocks
    {
        get;
        init => (field, Kinds) = (value, KindsOf(value));
    }

    /// <summary>The output, from the residual stream to logits; a sampled row reads it.</summary>
    public required MatrixCost Head { get; init; }

    /// <summary>Bytes of the embedding's table, of which a token reads a row; 0 where it is the output's.</summary>
    public required long EmbeddingBytes { get; init; }

    /// <summary>For each layer the first one that costs the same: layers of one kind are computed once.</summary>
    public IReadOnlyList<int> Kinds { get; private init; } = [];

    /// <summary>Bytes in the file of all that is counted here.</summary>
    public long Bytes => Blocks.Sum(block => block.Bytes) + Head.Bytes + EmbeddingBytes;

    /// <summary>Bytes of the file that generating a token reads.</summary>
    public long BytesAToken => Blocks.Sum(block => block.BytesAToken) + Head.Bytes;

    /// <summary>Multiply-adds with weights of a generated token.</summary>
    public long MultiplyAdds => Blocks.Sum(block => block.MultiplyAdds) + Head.MultiplyAdds;

    /// <summary>Bytes that a token's activation has where it goes from stage to stage, or is summed over ranks.</summary>
    public long StreamBytes => (long)Width * StreamNumberBytes;

    /// <summary>Numbers of keys and values that a position takes in one layer's cache.</summary>
    public long CacheNumbers => 2 * KeyNumbers;

    /// <summary>Numbers of a position's keys in one layer.</summary>
    public long KeyNumbers => (long)KeyValueHeads * HeadSize;

    /// <summary>Numbers of the residual stream that a token has on its way through a layer: summed, normalised and rounded, twice.</summary>
    public long StreamNumbers => 4L * Width;

    /// <summary>Numbers of a layer's heads: queries, keys and values, which are turned and stored, and what attention gives.</summary>
    public long HeadNumbers => (2L * QueryHeads + 2L * KeyValueHeads) * HeadSize;

    /// <summary>Numbers of a layer's feed-forward: both products, and what comes of them.</summary>
    public long FeedForwardNumbers => 3L * FeedForward;

    /// <summary>The costs of the model that a header describes.</summary>
    /// <exception cref="InputException">The header contradicts itself.</exception>
    public static ModelCost From(ModelHeader header)
    {
        var shape = Architecture.Read(header);
        var tiesOutput = !header.Tensors.ContainsKey("output.weight");
        var table = header.Tensor("token_embd.weight");
        var output = tiesOutput ? table : header.Tensor("output.weight");
        var byLayer = header
            .Tensors.Values.Select(tensor => (Layer: LayerOf(tensor), Tensor: tensor))
            .ToLookup(pair => pair.Layer);
        return new ModelCost
        {
            Source = header.Source,
            Width = shape.Width,
            QueryHeads = shape.QueryHeads,
            KeyValueHeads = shape.KeyValueHeads,
            HeadSize = shape.HeadSize,
            FeedForward = shape.Experts > 0 ? shape.ExpertFeedForward * shape.ExpertsUsed : shape.FeedForward,
            FeedForwardRows = shape.Experts > 0 ? shape.ExpertFeedForward : shape.FeedForward,
            Vocabulary = shape.Vocabulary,
            RanksMax = new SliceCutter(header, shape).RanksMax,
            Context = shape.Context,
            Blocks =
            [
                .. Enumerable
                    .Range(0, shape.Layers)
                    .Select(layer => new BlockCost
                    {
                        Layer = layer,
                        Window = shape.Window(layer),
                        Matrices =
                        [
                            .. byLayer[layer]
                                .Where(pair => pair.Tensor.Shape.Count > 1)
                                .OrderBy(pair => pair.Tensor.Name, StringComparer.Ordinal)
                                .Select(pair => MatrixOf(pair.Tensor, shape)),
                        ],
                    }),
            ],
            Head = new MatrixCost
            {
                Name = "output",
                Format = output.Format.Name,
                Weights = output.Columns * output.Rows,
                ExpertBytes = output.Bytes,
                Cut = MatrixCut.Vocabulary,
            },
            EmbeddingBytes = tiesOutput ? 0 : table.Bytes,
        };
    }

    /// <summary>The kinds among some layers, each with how many there are of it.</summary>
    internal (BlockCost Block, int Count)[] KindsOf(Share layers)
    {
        var counts = new SortedDictionary<int, int>();
        for (var layer = layers.First; layer < layers.End; layer++)
        {
            counts[Kinds[layer]] = counts.GetValueOrDefault(Kinds[layer]) + 1;
        }
        return [.. counts.Select(kind => (Blocks[kind.Key], kind.Value))];
    }

    private static int[] KindsOf(IReadOnlyList<BlockCost> blocks)
    {
        var kinds = new int[blocks.Count];
        for (var layer = 0; layer < kinds.Length; layer++)
        {
            kinds[layer] = layer;
            for (var earlier = 0; earlier < layer; earlier++)
            {
                if (kinds[earlier] == earlier && blocks[earlier].CostsLike(blocks[layer]))
                {
                    kinds[layer] = earlier;
                    break;
                }
            }
        }
        return kinds;
    }

    private static int LayerOf(TensorInfo tensor)
    {
        var parts = tensor.Name.Split('.');
        return parts is ["blk", var number, _, ..] && int.TryParse(number, out var layer) ? layer : -1;
    }

    private static MatrixCost MatrixOf(TensorInfo tensor, DecoderShape shape)
    {
        var name = tensor.Name.Split('.')[2];
        var isOfExperts = name.EndsWith("_exps", StringComparison.Ordinal) && shape.Experts > 0;
        var experts = isOfExperts ? shape.Experts : 1;
        return new MatrixCost
        {
            Name = name,
            Format = tensor.Format.Name,
            Weights = tensor.Columns * tensor.Rows / experts,
            ExpertBytes = tensor.Bytes / experts,
            Experts = experts,
            ExpertsUsed = isOfExperts ? shape.ExpertsUsed : 1,
            Cut = name switch
            {
                "attn_q" or "attn_k" or "attn_v" or "attn_qkv" => MatrixCut.HeadOutputs,
                "attn_output" => MatrixCut.HeadInputs,
                "ffn_gate_inp" => MatrixCut.None,
                _ => MatrixCut.FeedForward,
            },
        };
    }
}
