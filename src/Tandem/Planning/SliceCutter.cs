using Tandem.Models;
using Tandem.Planning.Costs;
using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Planning;

/// <summary>Cuts a model's layers into stages, and each layer into the shares of ranks.</summary>
/// <param name="header">The model's header.</param>
/// <param name="shape">What kind of decoder it is.</param>
internal sealed class SliceCutter(ModelHeader header, DecoderShape shape)
{
    // Rows of a packed group, and the columns of the finest block of quantised activations.
    private const int GroupRows = 16;
    private const int BlockColumns = 32;

    private int Group => shape.QueryHeads / shape.KeyValueHeads;

    private int FeedForward => shape.Experts > 0 ? shape.ExpertFeedForward : shape.FeedForward;

    /// <summary>The most ranks that can share a layer by its rows.</summary>
    public int RanksMax => RanksMaxOf(wholeExperts: false);

    private int HeadUnit =>
        Math.Min(shape.QueryHeads, Unit("attn_output") / GreatestCommonDivisor(shape.HeadSize, Unit("attn_output")));

    /// <summary>Refuses what the model cannot be cut into, with the numbers that clash and the nearest plan that can be.</summary>
    /// <exception cref="InputException">It cannot be cut so.</exception>
    public void Check(PlanRequest request)
    {
        if (request.Layers is { } layers && layers.Sum() != shape.Layers)
        {
            Refuse(request, $"its stages have {layers.Sum()} layers, and the model has {shape.Layers}");
        }
        if (request.PipelineParallel > shape.Layers)
        {
            Refuse(
                request,
                $"pp={request.PipelineParallel} stages need a layer each, and the model has {shape.Layers}"
            );
        }
        if (request.WholeExperts && shape.Experts == 0)
        {
            Refuse(request, $"ep=1 shares out experts, and the model has {shape.Experts}");
        }
        foreach (var (what, unit, whole) in Units(request.WholeExperts))
        {
            if (request.TensorParallel > Cutter.Units(whole, unit))
            {
                Refuse(
                    request,
                    $"tp={request.TensorParallel} ranks need {unit} {what} each, which is {request.TensorParallel * unit}, and the model has {whole}"
                );
            }
        }
    }

    /// <summary>The layers of each stage.</summary>
    public Share[] Stages(PlanRequest request)
    {
        if (request.Layers is not { } layers)
        {
            return LayerBalance.Cut(ModelCost.From(header), request.PipelineParallel, new Workload());
        }
        var first = 0;
        return
        [
            .. layers.Select(count =>
            {
                var share = new Share(first, count, shape.Layers);
                first += count;
                return share;
            }),
        ];
    }

    /// <summary>The share of each rank.</summary>
    public RankShare[] Ranks(PlanRequest request)
    {
        var weights = request.Shares ?? [.. Enumerable.Repeat(1, request.TensorParallel)];
        // Whole groups where that is as even: then no two ranks hold the same key and value head.
        var byGroups = shape.KeyValueHeads % weights.Sum() == 0 && Group % HeadUnit == 0;
        var queries = Cutter.Cut(shape.QueryHeads, byGroups ? Group : HeadUnit, weights);
        var even = Share.All(FeedForward);
        var feedForward = request.WholeExperts
            ? [.. weights.Select(_ => even)]
            : Cutter.Cut(FeedForward, FeedForwardUnit(weights), weights);
        var experts = request.WholeExperts
            ? Cutter.Cut(shape.Experts, 1, weights)
            : [.. weights.Select(_ => Share.All(shape.Experts))];
        var vocabulary = Cutter.Cut(shape.Vocabulary, GroupRows, weights);
        return
        [
            .. queries.Select(
                (share, rank) => new RankShare(share, Keys(share), feedForward[rank], experts[rank], vocabulary[rank])
            ),
        ];
    }

    // The least that a rank can have of each thing that is cut, and how much of it there is.
    private IEnumerable<(string What, int Unit, int Whole)> Units(bool wholeExperts)
    {
        yield return ("query heads", HeadUnit, shape.QueryHeads);
        yield return wholeExperts ? ("experts", 1, shape.Experts) : ("feed-forward rows", BlockColumns, FeedForward);
        yield return ("vocabulary rows", GroupRows, shape.Vocabulary);
    }

    // Where the blocks of the down projection are long, whole ones where that is as even: a cut block takes more memory.
    private int FeedForwardUnit(IReadOnlyList<int> weights)
    {
        var block = Largest("ffn_down", tensor => tensor.Format.BlockLength);
        return block > BlockColumns && FeedForward % block == 0 && FeedForward / block % weights.Sum() == 0
            ? block
            : BlockColumns;
    }

    private Share Keys(Share queries)
    {
        var first = queries.First / Group;
        return new Share(first, (queries.End - 1) / Group + 1 - first, shape.KeyValueHeads);
    }

    // Columns at which the matrices of that kind can be cut.
    private int Unit(string kind) =>
        Largest(kind, tensor => tensor.Format.Packing is { } packing ? packing.ScaleColumns : 1);

    // Of a file without such tensors it is said later which one is missing.
    private int Largest(string kind, Func<TensorInfo, int> size) => Tensors(kind).Select(size).DefaultIfEmpty(1).Max();

    private IEnumerable<TensorInfo> Tensors(string kind) =>
        header.Tensors.Values.Where(tensor =>
            tensor.Name.StartsWith("blk.", StringComparison.Ordinal)
            && (
                tensor.Name.EndsWith($".{kind}.weight", StringComparison.Ordinal)
                || tensor.Name.EndsWith($".{kind}_exps.weight", StringComparison.Ordinal)
            )
        );

    private void Refuse(PlanRequest request, string why) =>
        throw new InputException($"plan {request}: {why}; the nearest plan that can be is {Nearest(request)}");

    // More than one thing may be wrong with a plan; all of them are put right.
    private PlanRequest Nearest(PlanRequest request)
    {
        var wholeExperts = request.WholeExperts && shape.Experts > 0;
        var (stages, ranks) = (
            Math.Min(request.PipelineParallel, shape.Layers),
            Math.Min(request.TensorParallel, RanksMaxOf(wholeExperts))
        );
        return request with
        {
            PipelineParallel = stages,
            TensorParallel = ranks,
            Layers = request.Layers?.Sum() == shape.Layers ? request.Layers : null,
            Shares = ranks == request.TensorParallel ? request.Shares : null,
            WholeExperts = wholeExperts,
        };
    }

    private int RanksMaxOf(bool wholeExperts) =>
        Units(wholeExperts).Min(limit => Cutter.Units(limit.Whole, limit.Unit));

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
