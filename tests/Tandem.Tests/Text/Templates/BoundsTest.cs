using System.Text.Json;
using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

public class BoundsTest
{
    private const long BytesMax = 64L << 20;
    private const int StackBytes = 1 << 20;

    public static TheoryData<string> Names => [.. Hostile.Templates.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_template_ends_within_its_bounds(string name)
    {
        var (error, bytes) = RunOnSmallStack(() => RenderHostile(Hostile.Templates[name]));
        Assert.True(error is null or InputException, $"{error}");
        Assert.True(bytes <= BytesMax, $"{bytes} bytes, at most {BytesMax}");
    }

    [Theory]
    [InlineData("macro", "it goes more than 800 levels deep")]
    [InlineData("parentheses", "nested more than 200 levels deep")]
    [InlineData("empty loops", "it needs more than 24 MiB of memory")]
    [InlineData("membership", "it takes more than 10")]
    [InlineData("repeated text", "a repetition gets longer than")]
    [InlineData("output", "a text gets longer than")]
    [InlineData("range", "a range has 1000000000 numbers, expected at most 100000")]
    [InlineData("large power", "an integer gets too large")]
    [InlineData("long name", "a name has 100000 characters, expected at most 256")]
    [InlineData("length", "chat template: 300000 characters, expected at most 262144")]
    public void The_error_names_the_bound(string name, string expected)
    {
        var (error, _) = RunOnSmallStack(() => RenderHostile(Hostile.Templates[name]));
        Assert.Contains(expected, error!.Message);
    }

    [Fact]
    public void The_bounds_grow_with_the_conversation()
    {
        var messages = Enumerable
            .Range(0, 400)
            .Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", new string('x', 1 + (i * 20))))
            .ToArray();
        // As some templates do for tool calls, each message walks all that follow it.
        var template = ChatTemplate.Parse(
            "{% for m in messages %}{% for n in messages[loop.index:] %}{% if n.role == 'tool' %}!{% endif %}{% endfor %}"
                + "{{ ('<|' + m.role + '|>' + m.content).strip() | replace('y', 'z') }}{% endfor %}"
        );
        var text = template.RenderChat(messages, false, Render.Context).Text;
        Assert.Equal(messages.Sum(message => message.Role.Length + message.Content.Length + 4), text.Length);
    }

    [Fact]
    public void A_message_of_megabytes_renders()
    {
        var content = string.Concat(Enumerable.Repeat("\"word\"\n", 500_000));
        var template = ChatTemplate.Parse(
            "{% macro show(c) %}{{ c }}{% endmacro %}{{ show(messages[0].content.split('</t>')[-1].strip()) }}"
                + "{{ messages|tojson }}"
        );
        var rendered = template.RenderChat([new("user", content)], false, Render.Context);
        Assert.Contains(JsonEncodedText.Encode("word").Value, rendered.Text);
        Assert.True(rendered.Text.Length > 2 * content.Length);
    }

    private static void RenderHostile(string template) =>
        ChatTemplate.Parse(template).Render(new Dictionary<string, object?> { ["d"] = "data" }, Render.Context);

    private static (Exception? Error, long Bytes) RunOnSmallStack(Action action)
    {
        Exception? error = null;
        long bytes = 0;
        var thread = new Thread(
            () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                error = Record.Exception(action);
                bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            },
            StackBytes
        );
        thread.Start();
        thread.Join();
        return (error, bytes);
    }
}
