using Tandem.Loading;
using Tandem.Planning.Costs;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;

namespace Tandem.Tests.Planning.Costs;

/// <summary>What models cost by their headers.</summary>
public sealed class ModelCostTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_matrix_of_a_model_is_counted_once()
    {
        var (header, cost) = Of("llama");
        var expected = header.Tensors.Values.Where(tensor => tensor.Shape.Count > 1).Sum(tensor => tensor.Bytes);
        Assert.Equal(expected, cost.Bytes);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mixtral")]
    [InlineData("phi3")]
    public void A_token_reads_what_generation_is_measured_by(string architecture)
    {
        var (header, cost) = Of(architecture);
        var vectors = header.Tensors.Values.Where(tensor => tensor.Shape.Count == 1).Sum(tensor => tensor.Bytes);
        Assert.Equal(WeightTraffic.BytesAToken(header) - vectors, cost.BytesAToken);
    }

    [Fact]
    public void Tokens_together_go_through_more_experts_but_never_more_than_there_are()
    {
        var experts = new MatrixCost
        {
            Name = "ffn_up_exps",
            Format = "Q4_0",
            Weights = 10,
            ExpertBytes = 6,
            Cut = MatrixCut.FeedForward,
            Experts = 8,
            ExpertsUsed = 2,
        };
        Assert.Equal(2, experts.ExpertsRead(1), 9);
        Assert.Equal(3.5, experts.ExpertsRead(2), 9);
        Assert.InRange(experts.ExpertsRead(100), 7.99, 8);
        Assert.Equal((48, 20), (experts.Bytes, experts.MultiplyAdds));
    }

    public void Dispose() => _folder.Dispose();

    private (ModelHeader Header, ModelCost Cost) Of(string architecture)
    {
        using var file = WeightFile.Open(TinyModel.Write(_folder.Path, architecture, "Q4_0", 1));
        return (file.Header, ModelCost.From(file.Header));
    }
}
