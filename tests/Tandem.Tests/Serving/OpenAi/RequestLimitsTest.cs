using Tandem.Serving.OpenAi;

namespace Tandem.Tests.Serving.OpenAi;

public class RequestLimitsTest
{
    [Fact]
    public void Each_limit_has_a_name_to_change_it_by() =>
        Assert.Equal(
            new RequestLimits
            {
                ChoicesMax = 1,
                PromptsMax = 2,
                EmbeddingsMax = 3,
                TopLogProbabilitiesMax = 4,
                StopsMax = 5,
                StopBytesMax = 6,
                LogitBiasMax = 7,
            },
            RequestLimits.Parse("n=1,prompts=2,embeddings=3,top_logprobs=4,stop=5,stop_bytes=6,logit_bias=7")
        );

    [Fact]
    public void As_many_texts_may_be_embedded_as_prompts_may_be_asked_with() =>
        Assert.Equal((64, 64), (new RequestLimits().PromptsMax, new RequestLimits().EmbeddingsMax));

    [Fact]
    public void Texts_to_embed_have_a_bound_of_their_own()
    {
        var model = Bodies.Model with { Limits = new RequestLimits { EmbeddingsMax = 2 } };
        EmbeddingRequest Read(string input) => EmbeddingRequest.Read(Bodies.Parse($"{{\"input\":{input}}}"), model);

        Assert.Equal(2, Read("[[5],[6]]").Inputs.Count);
        Assert.Equal("input", Bodies.Error(() => Read("[[5],[6],[7]]")).Param);
    }
}
