using Tandem.Plans;

namespace Tandem.Tests.Plans;

/// <summary>How a split is written, and what is refused.</summary>
public class PlanRequestTest
{
    [Theory]
    [InlineData("dp=2,pp=3,tp=4,threads=5", "dp=2,pp=3,tp=4,threads=5")]
    [InlineData("tp=2", "dp=1,pp=1,tp=2,threads=1")]
    [InlineData("pp=2, layers=7/9", "dp=1,pp=2,tp=1,threads=1,layers=7/9")]
    [InlineData("tp=2,share=2/1,ep=1", "dp=1,pp=1,tp=2,threads=1,share=2/1,ep=1")]
    public void A_plan_reads_back_as_it_is_written(string text, string written)
    {
        Assert.Equal(written, PlanRequest.Parse(text).ToString());
        Assert.Equal(written, PlanRequest.Parse(written).ToString());
    }

    [Theory]
    [InlineData("", "found ''")]
    [InlineData("tp", "found 'tp'")]
    [InlineData("tp=0", "tp=0")]
    [InlineData("tp=two", "tp=two")]
    [InlineData("tp=-1", "tp=-1")]
    [InlineData("tp=99999", "tp=99999")]
    [InlineData("xp=2", "'xp' is unknown")]
    [InlineData("tp=2,tp=2", "tp is there twice")]
    [InlineData("pp=2,layers=7", "given for 1 stages, and pp is 2")]
    [InlineData("tp=2,share=1/2/3", "given for 3 ranks, and tp is 2")]
    [InlineData("ep=2", "ep=2, expected 0 or 1")]
    [InlineData("dp=100,pp=100", "it has 10000 threads, and 4096 are the most")]
    public void What_is_no_plan_is_refused(string text, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<InputException>(() => PlanRequest.Parse(text)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("pp=2,layers=7", "dp=1,pp=1,tp=1,threads=1,layers=7")]
    [InlineData("tp=2,share=1/2/3", "dp=1,pp=1,tp=3,threads=1,share=1/2/3")]
    [InlineData("dp=100,pp=100", "dp=40,pp=100,tp=1,threads=1")]
    [InlineData("tp=4096,pp=2,layers=7/9,threads=2", "dp=1,pp=1,tp=4096,threads=1")]
    [InlineData("tp=2,threads=4096", "dp=1,pp=1,tp=2,threads=2048")]
    public void What_contradicts_itself_is_refused_with_the_nearest_plan_that_can_be(string text, string nearest)
    {
        var error = Assert.Throws<InputException>(() => PlanRequest.Parse(text));

        Assert.EndsWith($"; the nearest plan that can be is {nearest}", error.Message, StringComparison.Ordinal);
        Assert.Equal(nearest, PlanRequest.Parse(nearest).ToString());
    }
}
