using System.Text.Json;
using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

/// <summary>Renders templates for tests.</summary>
internal static class Render
{
    /// <summary>Variables of every type that JSON has, with characters beyond the first plane and numbers at the edges.</summary>
    public const string Sample = """
        {
          "messages": [{ "role": "user", "content": "Hi <b>" }, { "role": "assistant", "content": null, "n": 3 }],
          "s": "Hello, World", "e": "", "n": 7, "f": 2.5, "neg": -3, "t": true, "z": null,
          "l": [3, 1, 2], "d": { "b": 1, "a": [1, 2.0, null, true, "x'y"], "é": "ü\"\\\n\t" },
          "u8": "a😀b̈é", "lines": "a\nb\r\n\nc", "words": " the  quick brown\tfox ",
          "objs": [{ "k": "B", "v": 2 }, { "k": "a", "v": 1 }, { "k": "b", "v": 3 }],
          "big": 12345678901234567890, "fl": [0.1, 1e22, 1e-7, 123456789.125, -0.0, 1e15, 1e16, 3.0]
        }
        """;

    /// <summary>Tokens and a time.</summary>
    public static TemplateContext Context { get; } =
        new()
        {
            BosToken = "<s>",
            EosToken = "</s>",
            Now = new DateTime(2026, 1, 15, 9, 5, 7),
        };

    /// <summary>The text that a template gives with <see cref="Sample"/>.</summary>
    public static string WithSample(string template) => WithJson(template, Sample).Text;

    /// <summary>What a template gives with the variables of a JSON object.</summary>
    public static RenderedChat WithJson(string template, string json)
    {
        using var document = JsonDocument.Parse(json);
        return ChatTemplate.Parse(template).Render(Variables(document.RootElement), Context);
    }

    /// <summary>The properties of an object as variables.</summary>
    public static Dictionary<string, object?> Variables(JsonElement element) =>
        element.EnumerateObject().ToDictionary(property => property.Name, property => (object?)property.Value);
}
