using Tandem.Planning;
using Tandem.Planning.Search;

namespace Tandem.Tests.Planning;

public class LayerBalanceTest
{
    [Theory]
    [InlineData(512, 1, 3, 3)]
    [InlineData(1, 512, 5, 1)]
    public void The_output_is_weighed_as_often_as_requests_compute_it(int prompt, int answer, int first, int second)
    {
        var model = TestMachines.Model(layers: 6);
        var block = model.Blocks[0];
        // An output like four of the six layers.
        model = model with
        {
            Head = model.Head with { Weights = 4 * block.MultiplyAdds, ExpertBytes = 4 * block.Bytes },
        };
        var workload = new Workload { PromptTokens = prompt, AnswerTokens = answer };
        Assert.Equal([first, second], LayerBalance.Cut(model, 2, workload).Select(layers => layers.Count));
    }
}
