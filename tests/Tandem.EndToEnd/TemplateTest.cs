namespace Tandem.EndToEnd;

public sealed class TemplateTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_prints_what_the_template_gives_and_nothing_else()
    {
        var ended = await RenderAsync(
            "{{ bos_token }}{% for m in messages %}[{{ m.role }}: {{ m.content }}]{% endfor %} {{ mood }} {{ strftime_now('%Y') }}",
            """
            {"messages": [{"role": "user", "content": "Hé"}], "bos_token": "<s>", "mood": "gay", "strftime_now": "2024-05-06"}
            """
        );
        Assert.Equal(new Ended(0, "<s>[user: Hé] gay 2024", ""), ended);
    }

    [Fact]
    public async Task What_a_template_raises_is_the_error() =>
        (await RenderAsync("{{ raise_exception('no system here') }}", """{"messages": []}""")).IsInputError(
            "no system here"
        );

    [Fact]
    public async Task An_input_that_is_no_conversation_is_an_error() =>
        (await RenderAsync("", "[]")).IsInputError(
            $"{_folder["input.json"]}: found a list, expected an object with 'messages'"
        );

    private async Task<Ended> RenderAsync(string template, string input)
    {
        await File.WriteAllTextAsync(_folder["t.jinja"], template, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["input.json"], input, TestContext.Current.CancellationToken);
        return await TandemProcess.RunAsync([
            "template",
            "--template",
            _folder["t.jinja"],
            "--input",
            _folder["input.json"],
        ]);
    }
}
