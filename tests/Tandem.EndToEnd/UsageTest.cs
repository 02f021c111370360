namespace Tandem.EndToEnd;

public class UsageTest
{
    [Theory]
    [InlineData("there is no command 'walk'", "walk")]
    [InlineData("Required command was not provided.")]
    [InlineData("Unrecognized command or argument '--depth'.", "info", "--depth", "3")]
    [InlineData("--context: found '0', expected a whole number of at least 1", "info", "--context", "0")]
    [InlineData("--cache-type: found 'f8', expected f32 or f16 or bf16 or q8_0", "info", "--cache-type", "f8")]
    [InlineData("there is no option '--top'; a prompt that begins so goes behind --", "run", "--top", "3")]
    [InlineData("there is no option '--verbose'; a prompt that begins so goes behind --", "run", "--verbose")]
    [InlineData("Option '--out' is required.", "logits", "--tokens", "1")]
    [InlineData(
        "--tokens: found '1;2', expected token ids separated by commas, such as 1,2,3",
        "logits",
        "--tokens",
        "1;2",
        "--out",
        "x"
    )]
    [InlineData(
        "--seed: found '-1', expected a whole number from 0 to 18446744073709551615",
        "synth",
        "--shape",
        "tiny",
        "--format",
        "F16",
        "--out",
        "x",
        "--seed",
        "-1"
    )]
    public async Task Wrong_usage_ends_with_2_and_says_what_is_wrong(string message, params string[] arguments)
    {
        var ended = await TandemProcess.RunAsync(arguments);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Equal(message, ended.Error.Split('\n')[0].Replace("tandem: ", "", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_that_looks_like_an_option_goes_behind_two_dashes()
    {
        var ended = await TandemProcess.RunAsync(["run", "--max-tokens", "1", "--", "--verbose"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
    }

    [Fact]
    public async Task Help_is_a_result_and_calls_the_program_by_its_name()
    {
        var ended = await TandemProcess.RunAsync(["info", "--help"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("tandem info [options]", ended.Output, StringComparison.Ordinal);
    }
}
