using System.Globalization;

namespace Tandem.EndToEnd;

public class RunTest
{
    private const string Story = "Tell me a story about a fox";

    // More than a pipe holds: who does not read stops it, however fast it is.
    private static readonly string[] s_endless =
    [
        .. (string[])["run", Story, "--ignore-eos", "--temperature", "0"],
        .. (string[])["--context", "100000"],
    ];

    [Fact]
    public async Task A_prompt_is_answered_on_standard_output_and_nothing_else_is_said()
    {
        var ended = await TandemProcess.RunAsync(["run", Story, "--seed", "7"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("fox", ended.Output, StringComparison.Ordinal);
        Assert.EndsWith(".\n", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_the_prompt_where_none_is_given()
    {
        var piped = await TandemProcess.RunAsync(
            ["run", "--temperature", "0"],
            "What colour is the sky?\n"u8.ToArray()
        );
        var given = await TandemProcess.RunAsync(["run", "What colour is the sky?", "--temperature", "0"]);

        Assert.Contains("blue", piped.Output, StringComparison.Ordinal);
        Assert.Equal(given, piped);
    }

    [Fact]
    public async Task A_given_prompt_is_answered_though_standard_input_never_closes()
    {
        using var process = TandemProcess.Start(["run", "What colour is the sky?", "--temperature", "0"]);

        var ended = await process.EndAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("blue", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_repeated_by_its_seed_whatever_the_threads_and_the_cache()
    {
        string[] command = ["run", Story, "--seed", "11", "--max-tokens", "60"];
        var first = await TandemProcess.RunAsync([.. command, "--plan", "threads=2"]);
        var second = await TandemProcess.RunAsync([
            .. command,
            "--threads",
            "1",
            "--prefix-cache",
            "off",
            "--cache-memory",
            "4M",
        ]);
        var third = await TandemProcess.RunAsync(["run", Story, "--seed", "12", "--max-tokens", "60"]);

        Assert.Equal(first.Output, second.Output);
        Assert.NotEqual(first.Output, third.Output);
    }

    [Fact]
    public async Task Ids_in_give_as_many_ids_out_as_were_asked_for()
    {
        var ended = await TandemProcess.RunAsync([
            "run",
            "--prompt-tokens",
            "5,6,7",
            "--output",
            "tokens",
            "--max-tokens",
            "100",
            "--temperature",
            "0",
        ]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        var ids = ended.Output.TrimEnd('\n').Split(',').Select(id => int.Parse(id, CultureInfo.InvariantCulture));
        Assert.Equal(100, ids.Count());
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_and_is_no_part_of_it()
    {
        var whole = await TandemProcess.RunAsync(["run", Story, "--temperature", "0"]);
        var stopped = await TandemProcess.RunAsync([
            "run",
            Story,
            "--temperature",
            "0",
            "--stop",
            "zzz",
            "--stop",
            ". ",
        ]);

        Assert.Equal(whole.Output.Split(". ")[0] + "\n", stopped.Output);
    }

    [Fact]
    public async Task The_text_of_a_control_token_stays_text_unless_it_is_asked_for()
    {
        string[] command = ["run", "--temperature", "0", "--max-tokens", "1", "--stats"];
        static int PromptTokens(Ended ended) => int.Parse(ended.Error.Split(' ')[1], CultureInfo.InvariantCulture);
        var word = PromptTokens(await TandemProcess.RunAsync([.. command, "a"]));
        var text = PromptTokens(await TandemProcess.RunAsync([.. command, "a<|end|>"]));
        var token = PromptTokens(await TandemProcess.RunAsync([.. command, "a<|end|>", "--parse-special"]));

        Assert.Equal(word + 1, token);
        Assert.True(text > token, $"{text} tokens as text, {token} with the control token");
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_changes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, where not even root can write");
        var environment = new Dictionary<string, string> { ["HOME"] = "/proc", ["TMPDIR"] = "/proc" };
        using var process = TandemProcess.Start(["run", "What colour is the sky?", "--temperature", "0"], environment);

        var ended = await process.EndAsync();

        Assert.Equal((0, "The sky is blue.\n", ""), (ended.ExitCode, ended.Output, ended.Error));
    }

    [Fact]
    public async Task Tokens_come_out_one_by_one_and_Ctrl_C_ends_with_130()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        using var process = TandemProcess.Start(s_endless);
        var begun = new char[4];
        await process.Output.ReadBlockAsync(begun, TestContext.Current.CancellationToken);

        Shell.Run($"kill -INT {process.Id}");
        var ended = await process.EndAsync();

        Assert.Equal((130, ""), (ended.ExitCode, ended.Error));
        Assert.Equal("Once", new string(begun));
    }

    [Fact]
    public void A_reader_that_has_enough_ends_the_program_quietly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs bash");
        var arguments = string.Join(' ', s_endless.Select(argument => $"'{argument}'"));
        var ended = Shell.Run(
            $"dotnet exec '{TandemProcess.Program}' {arguments} | head -c 4; echo \" ${{PIPESTATUS[0]}}\""
        );
        Assert.Equal(new Ended(0, "Once 0\n", ""), ended);
    }
}
