using System.Text;
using Tandem.Tests.Loading;
using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

public class ConversationFileTest
{
    private const string Template = """
        {{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}
        {% if tools %}{{ tools|length }} tools{% endif %} {{ strftime_now('%d %b %Y') }} {{ extra.a[1] }}
        {% if add_generation_prompt %}>{% endif %}
        """;

    [Fact]
    public void A_conversation_in_a_file_gives_the_template_all_its_variables()
    {
        Assert.Equal(
            "<s>Hi</s>1 tools 15 Jan 2026 2\n>",
            RenderFiles(
                Template,
                """
                {"messages": [{"role": "user", "content": "Hi"}], "tools": [{}], "add_generation_prompt": true,
                 "bos_token": "<s>", "eos_token": "</s>", "strftime_now": "2026-01-15", "extra": {"a": [1, 2]}}
                """
            )
        );
    }

    [Fact]
    public void What_is_absent_is_undefined() =>
        Assert.Equal(
            "|False False False",
            RenderFiles(
                "{{ bos_token }}|{{ tools is defined }} {{ strftime_now is defined }} {{ add_generation_prompt is defined }}\n",
                """{"messages": [], "eos_token": null}"""
            )
        );

    [Theory]
    [InlineData("[]", "found a list, expected an object with 'messages'")]
    [InlineData("{}", "found no 'messages', expected a list of messages")]
    [InlineData("""{"messages": "Hi"}""", "found a string as 'messages', expected a list of messages")]
    [InlineData("""{"messages": [""", "not JSON")]
    [InlineData("""{"messages": [], "bos_token": 1}""", "found a number as 'bos_token', expected a string")]
    [InlineData(
        """{"messages": [], "strftime_now": "today"}""",
        "found 'today' as 'strftime_now', expected a date such as"
    )]
    public void A_file_without_a_conversation_is_refused(string json, string expected)
    {
        var error = Assert.Throws<InputException>(() => RenderFiles("", json));
        Assert.Contains(expected, error.Message);
        Assert.Contains("conversation.json: ", error.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<InputException>(() => ConversationFile.Render(folder["no.jinja"], folder["no.json"]));
        Assert.Contains("no.jinja: cannot be read", error.Message);
    }

    private static string RenderFiles(string template, string conversation)
    {
        using var folder = new TemporaryFolder();
        var templatePath = folder.Write("template.jinja", Encoding.UTF8.GetBytes(template));
        var inputPath = folder.Write("conversation.json", Encoding.UTF8.GetBytes(conversation));
        return ConversationFile.Render(templatePath, inputPath).Text;
    }
}
