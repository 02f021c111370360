using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Tests.Serving;

public class SamplingDefaultsTest
{
    [Fact]
    public void A_file_that_says_nothing_samples_with_the_projects_defaults()
    {
        var parameters = SamplingDefaults.From(Header([]));
        Assert.Equal((0.8f, 0, 0.95f, 0.05f, 1f), Of(parameters));
    }

    [Fact]
    public void A_files_own_values_come_first()
    {
        var parameters = SamplingDefaults.From(
            Header(
                new()
                {
                    ["general.sampling.temp"] = 0.6f,
                    ["general.sampling.top_k"] = 20,
                    ["general.sampling.top_p"] = 0.9f,
                    ["general.sampling.min_p"] = 0f,
                    ["general.sampling.penalty_repeat"] = 1.05f,
                    ["general.sampling.penalty_last_n"] = -1,
                }
            )
        );
        Assert.Equal((0.6f, 20, 0.9f, 0f, 1.05f), Of(parameters));
        Assert.Equal(-1, parameters.PenaltyWindow);
    }

    [Fact]
    public void A_value_out_of_range_is_an_error_that_names_file_value_and_range()
    {
        var error = Assert.Throws<InputException>(() =>
            SamplingDefaults.From(Header(new() { ["general.sampling.top_p"] = 1.5f }))
        );
        Assert.Equal("x.gguf: keys general.sampling.*: top-p 1.5: expected a number from 0 to 1", error.Message);
    }

    [Fact]
    public void A_bias_for_a_token_that_does_not_exist_is_an_error() =>
        Assert.Contains(
            "from 0 to 99",
            Assert
                .Throws<InputException>(() =>
                    new SamplingParameters { LogitBias = [KeyValuePair.Create(100, 1f)] }.Check(vocabulary: 100)
                )
                .Message,
            StringComparison.Ordinal
        );

    private static (float, int, float, float, float) Of(SamplingParameters p) =>
        (p.Temperature, p.TopK, p.TopP, p.MinP, p.RepetitionPenalty);

    private static ModelHeader Header(Dictionary<string, object> values) =>
        new("x.gguf", new Metadata("x.gguf", values), new Dictionary<string, TensorInfo>());
}
