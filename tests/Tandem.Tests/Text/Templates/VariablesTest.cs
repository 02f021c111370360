using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Plans;
using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

public class VariablesTest
{
    private const string Json = """{"b": [1, 2.0, null, true, "x", {"k": "v"}], "a": "é", "n": 18446744073709551616}""";
    private const string Printed =
        """{"b": [1, 2.0, null, true, "x", {"k": "v"}], "a": "é", "n": 18446744073709551616}""";

    [Fact]
    public void Json_elements_nodes_and_plain_values_are_the_same_to_a_template()
    {
        using var document = JsonDocument.Parse(Json);
        Assert.Equal(Printed, Tojson(document.RootElement));
        Assert.Equal(Printed, Tojson(JsonNode.Parse(Json)));
        Assert.Equal(
            """{"b": [1, 2.0, null, true, "x", {"k": "v"}], "a": "é", "n": 18446744073709551615}""",
            Tojson(
                new Dictionary<string, object?>
                {
                    ["b"] = new object?[]
                    {
                        1,
                        2.0f,
                        null,
                        true,
                        "x",
                        new JsonObject { ["k"] = "v" },
                    },
                    ["a"] = "é",
                    ["n"] = ulong.MaxValue,
                }
            )
        );
    }

    [Fact]
    public void Of_a_key_that_comes_twice_the_last_value_holds()
    {
        using var document = JsonDocument.Parse("""{"a": 1, "b": 2, "a": 3}""");
        Assert.Equal("""{"a": 3, "b": 2}""", Tojson(document.RootElement));
    }

    [Fact]
    public void Numbers_with_point_or_exponent_are_floats()
    {
        using var document = JsonDocument.Parse("[1, 1.0, 1e2, -0, 1E400]");
        Assert.Equal("[1, 1.0, 100.0, 0, Infinity]", Tojson(document.RootElement));
    }

    [Fact]
    public void A_type_that_json_lacks_is_refused() =>
        Assert.Contains("holds a Uri", Assert.Throws<InputException>(() => Tojson(new Uri("file:///a"))).Message);

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        using var document = JsonDocument.Parse("""["\ud800"]""");
        Assert.Contains("no Unicode text", Assert.Throws<InputException>(() => Tojson(document.RootElement)).Message);
    }

    [Fact]
    public void Variables_nested_without_end_are_refused()
    {
        var list = new List<object?>();
        list.Add(list);
        var variables = new Dictionary<string, object?> { ["messages"] = list };
        Assert.Contains(
            "levels deep",
            Assert.Throws<InputException>(() => ChatTemplate.Parse("").Render(variables, Render.Context)).Message
        );
    }

    [Fact]
    public void Plain_messages_render_without_json()
    {
        var template = ChatTemplate.Parse(
            "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
                + "{% if add_generation_prompt %}[assistant]{% endif %}"
        );
        ChatMessage[] messages = [new("system", "Be brief."), new("user", "Hi")];
        Assert.Equal(
            "<s>[system]Be brief.[user]Hi[assistant]",
            template.RenderChat(messages, true, Render.Context).Text
        );
        Assert.Equal("<s>[system]Be brief.[user]Hi", template.RenderChat(messages, false, Render.Context).Text);
    }

    [Fact]
    public void A_model_has_the_template_of_its_header_or_none()
    {
        var metadata = new Dictionary<string, object> { ["tokenizer.chat_template"] = "{{ messages[0].content }}!" };
        var template = ChatTemplate.From(Header(metadata));
        Assert.Equal("Hi!", template!.RenderChat([new("user", "Hi")], false, Render.Context).Text);
        Assert.Null(ChatTemplate.From(Header([])));
    }

    private static ModelHeader Header(Dictionary<string, object> metadata) =>
        new("test.gguf", new Metadata("test.gguf", metadata), new Dictionary<string, TensorInfo>());

    private static string Tojson(object? value) =>
        ChatTemplate
            .Parse("{{ v|tojson }}")
            .Render(new Dictionary<string, object?> { ["v"] = value }, Render.Context)
            .Text;
}
