namespace Tandem.EndToEnd;

// Keys are typed while an answer is written.
[Collection(nameof(AloneOnTheMachine))]
public class ConversationTest
{
    private const char CtrlC = '\u0003';
    private const char CtrlD = '\u0004';

    [Fact]
    public async Task It_remembers_what_was_said_and_its_end_is_Ctrl_D()
    {
        using var terminal = Terminal.Start("run --temperature 0 --stats");
        await terminal.UntilAsync("> ");
        terminal.Type("What colour is the sky?\r");
        await terminal.UntilAsync("The sky is blue.");
        await terminal.UntilAsync("seed");
        await terminal.UntilAsync("> ");
        terminal.Type("What colour is grass?\r");
        await terminal.UntilAsync("Grass is green.");
        // Question, answer and question: the prompt is longer than the second question alone.
        Assert.Matches("prompt [2-9][0-9] tokens", await terminal.UntilAsync("seed"));
        await terminal.UntilAsync("> ");
        terminal.Type($"{CtrlD}");
        Assert.Equal(0, await terminal.EndAsync());
    }

    [Fact]
    public async Task Ctrl_C_stops_the_answer_and_not_the_program()
    {
        using var terminal = Terminal.Start("run --temperature 0 --ignore-eos");
        await terminal.UntilAsync("> ");
        terminal.Type("Tell me a story about a fox\r");
        await terminal.UntilAsync("Once");
        terminal.Type($"{CtrlC}");
        await terminal.UntilAsync("> ");
        terminal.Type($"{CtrlC}");
        await terminal.UntilAsync("Ctrl-D ends");
        terminal.Type("What colour is the sky?\r");
        await terminal.UntilAsync("The sky is blue.");
        terminal.Type($"{CtrlC}");
        await terminal.UntilAsync("> ");
        terminal.Type($"{CtrlD}");
        Assert.Equal(0, await terminal.EndAsync());
    }

    // One that is on its way when the conversation is over: sent at several moments of its end, of which one may hit.
    [Fact]
    public async Task Ctrl_C_while_the_program_ends_does_not_change_how_it_ends()
    {
        for (var delay = TimeSpan.Zero; delay < TimeSpan.FromMilliseconds(12); delay += TimeSpan.FromMilliseconds(1))
        {
            using var terminal = Terminal.Start("run");
            await terminal.UntilAsync("> ");
            terminal.Type("\r");
            await terminal.UntilAsync("> ");
            var program = terminal.ProgramId();
            terminal.Type($"{CtrlD}");
            await terminal.UntilAsync("\n");
            SpinWait.SpinUntil(() => false, delay);
            Shell.Signal(program, "INT");
            Assert.Equal(0, await terminal.EndAsync());
        }
    }

    [Fact]
    public async Task Errors_are_red_on_a_terminal()
    {
        using var terminal = Terminal.Start("info --model absent.gguf");
        await terminal.UntilAsync("\e[31mtandem:\e[0m absent.gguf: no such file");
        Assert.Equal(1, await terminal.EndAsync());
    }
}
