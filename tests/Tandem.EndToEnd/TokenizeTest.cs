using System.Text;

namespace Tandem.EndToEnd;

public class TokenizeTest
{
    [Fact]
    public async Task Text_becomes_one_line_of_ids_and_comes_back_byte_for_byte()
    {
        const string Text = "  One  fox,\ttwo foxes.\r\n\nNaïve — 狐 🦊\n";

        var ids = await TandemProcess.RunAsync(["tokenize"], Encoding.UTF8.GetBytes(Text));
        var back = await TandemProcess.RunAsync(["tokenize", "--decode"], Encoding.UTF8.GetBytes(ids.Output));

        Assert.Equal((0, ""), (ids.ExitCode, ids.Error));
        Assert.Matches(@"\A[0-9]+(,[0-9]+)*\n\z", ids.Output);
        Assert.Equal(Text, back.Output);
    }

    [Fact]
    public async Task An_empty_input_is_an_empty_text()
    {
        Assert.Equal("\n", (await TandemProcess.RunAsync(["tokenize", "--no-special"])).Output);
        Assert.Equal("", (await TandemProcess.RunAsync(["tokenize", "--decode"])).Output);
    }

    [Fact]
    public async Task What_is_no_list_of_ids_cannot_be_decoded() =>
        (await TandemProcess.RunAsync(["tokenize", "--decode"], "1,two"u8.ToArray())).IsInputError(
            "standard input holds something else than token ids, expected such as 1,2,3"
        );
}
