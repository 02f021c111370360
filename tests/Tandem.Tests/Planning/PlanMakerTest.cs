using CsCheck;
using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Models.Architectures;
using Tandem.Planning;
using Tandem.Plans;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;

namespace Tandem.Tests.Planning;

/// <summary>Who has what, and what cannot be.</summary>
public sealed class PlanMakerTest : IDisposable
{
    private static readonly PlanLimits s_limits = new(64, 8, CacheType.F16, KernelChoice.Portable, false);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("tp=13", "need 1 query heads each, which is 13, and the model has 12", "tp=6")]
    [InlineData("tp=7", "need 16 vocabulary rows each, which is 112, and the model has 96", "tp=6")]
    [InlineData("pp=7", "pp=7 stages need a layer each, and the model has 6", "pp=6")]
    [InlineData("pp=2,layers=3/4", "its stages have 7 layers, and the model has 6", "pp=2")]
    [InlineData("pp=7,tp=13,ep=1", "pp=7 stages need a layer each, and the model has 6", "pp=6,tp=6")]
    [InlineData("tp=2,ep=1", "ep=1 shares out experts, and the model has 0", "tp=2")]
    public void What_cannot_be_is_refused_with_both_numbers_and_the_nearest_that_can(
        string plan,
        string message,
        string nearest
    )
    {
        var header = Header("llama", "Q4_0");
        var error = Assert.Throws<InputException>(() => Make(header, plan));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        var offered = error.Message[
            (error.Message.IndexOf("nearest plan that can be is ", StringComparison.Ordinal) + 28)..
        ];
        Assert.Contains(nearest, offered, StringComparison.Ordinal);
        Assert.NotEmpty(Make(header, offered).Workers);
    }

    [Theory]
    [InlineData("llama", "pp=2,tp=3")]
    [InlineData("gemma3", "pp=3,tp=5,share=1/2/3/2/1")]
    [InlineData("mixtral", "tp=3,ep=1")]
    [InlineData("olmo2", "dp=2,tp=4")]
    public void Every_part_of_the_model_is_somebodys_and_nobody_has_what_another_has(string architecture, string text)
    {
        var header = Header(architecture, "Q4_K");
        var plan = Make(header, text);
        foreach (var replica in plan.Replicas)
        {
            AssertCovers([.. replica.Stages.Select(stage => stage.Layers)]);
            foreach (var stage in replica.Stages)
            {
                RankShare[] ranks = [.. stage.Workers.Select(worker => worker.Slice.Own)];
                AssertCovers([.. ranks.Select(rank => rank.QueryHeads)]);
                AssertCovers([.. ranks.Select(rank => rank.Vocabulary)]);
                AssertCovers([.. ranks.Select(rank => plan.Request.WholeExperts ? rank.Experts : rank.FeedForward)]);
                var group = ranks[0].QueryHeads.Whole / ranks[0].KeyValueHeads.Whole;
                Assert.All(
                    ranks.SelectMany(rank =>
                        Enumerable.Range(rank.QueryHeads.First, rank.QueryHeads.Count).Select(head => (rank, head))
                    ),
                    pair => Assert.True(pair.rank.KeyValueHeads.Contains(pair.head / group))
                );
            }
        }
    }

    [Fact]
    public void A_rank_with_twice_the_share_has_twice_as_much()
    {
        var ranks = Make(Header("llama", "Q4_0"), "tp=2,share=2/1").Workers.ToList();
        Assert.Equal(8, ranks[0].Slice.Own.QueryHeads.Count);
        Assert.Equal(1024, ranks[0].Slice.Own.FeedForward.Count);
        Assert.InRange(ranks[0].WeightBytes, 1.9 * ranks[1].WeightBytes, 2.1 * ranks[1].WeightBytes);
    }

    [Fact]
    public void Workers_have_cores_of_their_own_unless_there_are_too_few()
    {
        var header = Header("llama", "Q4_0");
        var placed = Make(header, "pp=2,tp=2,threads=2", cores: 8);
        Assert.False(placed.IsOversubscribed);
        Assert.Equal(Enumerable.Range(0, 8), placed.Workers.SelectMany(worker => worker.Cores));
        Assert.Equal(["cpu:0-1", "cpu:2-3", "cpu:4-5", "cpu:6-7"], placed.Workers.Select(worker => worker.Device));
        var crowded = Make(header, "pp=2,tp=2,threads=2", cores: 7);
        Assert.True(crowded.IsOversubscribed);
        Assert.All(crowded.Workers, worker => Assert.Empty(worker.Cores));
    }

    [Fact]
    public void Shares_cover_the_whole_at_multiples_of_the_unit() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 40], Gen.Int[1, 9].Array[1, 8])
            .Where(given => given.Item3.Length <= given.Item1)
            .Sample(given =>
            {
                var (units, unit, weights) = given;
                var whole = units * unit - (unit > 1 ? 1 : 0);
                var shares = Cutter.Cut(whole, unit, weights);
                AssertCovers(shares);
                Assert.All(shares, share => Assert.Equal(0, share.First % unit));
            });

    [Fact]
    public void The_most_costly_stage_costs_as_little_as_can_be() =>
        Gen.Select(Gen.Long[1, 50].Array[1, 9], Gen.Int[1, 4])
            .Where(given => given.Item2 <= given.Item1.Length)
            .Sample(given =>
            {
                var (costs, runs) = given;
                var shares = Cutter.Balance(costs, runs);
                AssertCovers(shares);
                Assert.Equal(Best(costs, runs), shares.Max(share => costs.Skip(share.First).Take(share.Count).Sum()));
            });

    public void Dispose() => _folder.Dispose();

    private static Plan Make(ModelHeader header, string plan, int cores = 64) =>
        PlanMaker.Make(
            header,
            Architecture.Read(header),
            PlanRequest.Parse(plan),
            [.. Enumerable.Range(0, cores)],
            s_limits
        );

    // All ways to cut, tried out.
    private static long Best(long[] costs, int runs)
    {
        if (runs == 1)
        {
            return costs.Sum();
        }
        return Enumerable
            .Range(1, costs.Length - runs + 1)
            .Min(first => Math.Max(costs[..first].Sum(), Best(costs[first..], runs - 1)));
    }

    private static void AssertCovers(Share[] shares)
    {
        var next = 0;
        foreach (var share in shares)
        {
            Assert.Equal(next, share.First);
            Assert.True(share.Count > 0);
            next = share.End;
        }
        Assert.Equal(shares[0].Whole, next);
    }

    private ModelHeader Header(string architecture, string format)
    {
        using var file = WeightFile.Open(TinyModel.Write(_folder.Path, architecture, format, 1, TinyShape.Cuttable));
        return file.Header;
    }
}
