using System.Text.Json;
using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

/// <summary>Real models' templates against what the reference implementation gives.</summary>
public class ReferenceTest
{
    [Theory]
    [InlineData("user")]
    [InlineData("system")]
    [InlineData("multi")]
    [InlineData("nogen")]
    [InlineData("tools")]
    [InlineData("toolcall")]
    public void Every_template_gives_exactly_the_text_or_the_error_of_the_reference(string name)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(SharedData.Require("templates/expected.json")));
        var variables = Render.Variables(expected.RootElement.GetProperty("cases").GetProperty(name));
        var context = Context(expected.RootElement.GetProperty("context"));
        var compared = 0;
        foreach (var result in expected.RootElement.GetProperty("results").EnumerateArray())
        {
            if (result.GetProperty("case").GetString() == name)
            {
                Compare(result, variables, context);
                compared++;
            }
        }
        Assert.True(compared >= 24, $"{compared} results");
    }

    private static void Compare(JsonElement result, Dictionary<string, object?> variables, TemplateContext context)
    {
        var file = result.GetProperty("template").GetString();
        var template = ChatTemplate.Parse(File.ReadAllText(SharedData.Require($"templates/{file}")));
        if (result.TryGetProperty("error", out var error))
        {
            var raised = Assert.Throws<InputException>(() => template.Render(variables, context));
            Assert.Equal((file, error.GetString()), (file, raised.Message));
        }
        else
        {
            var rendered = template.Render(variables, context);
            Assert.Equal((file, result.GetProperty("output").GetString()), (file, rendered.Text));
            Assert.Equal(rendered.Text, string.Concat(rendered.Segments.Select(segment => segment.Text)));
        }
    }

    private static TemplateContext Context(JsonElement context) =>
        new()
        {
            BosToken = context.GetProperty("bos_token").GetString(),
            EosToken = context.GetProperty("eos_token").GetString(),
            Now = context.GetProperty("today").GetDateTime(),
        };
}
