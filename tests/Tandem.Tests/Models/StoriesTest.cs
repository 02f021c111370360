using System.Globalization;

namespace Tandem.Tests.Models;

public class StoriesTest
{
    [Fact]
    public void A_really_trained_model_tells_its_story_to_the_last_id()
    {
        using var model = new TestModel(SharedData.Require("models/stories260K.gguf"), exactActivations: false);
        var expected = File.ReadAllText(SharedData.Require("models/stories260K.greedy200.txt"))
            .Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));
        Assert.Equal(expected, model.Greedy([1], 200));
    }
}
