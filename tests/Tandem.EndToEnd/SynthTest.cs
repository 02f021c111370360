using System.Text.Json;

namespace Tandem.EndToEnd;

public sealed class SynthTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_written_model_has_the_sizes_that_info_tells_and_gives_logits_of_that_shape()
    {
        var model = _folder["tiny.gguf"];
        var written = await TandemProcess.RunAsync(["synth", "--shape", "tiny", "--format", "q4_0", "--out", model]);
        Assert.Equal((0, "", ""), (written.ExitCode, written.Output, written.Error));

        var info = JsonDocument
            .Parse((await TandemProcess.RunAsync(["info", "--model", model, "--json"])).Output)
            .RootElement;
        Assert.Equal("llama", info.GetProperty("model").GetProperty("architecture").GetString());
        Assert.Equal("Q4_0", info.GetProperty("model").GetProperty("formats")[0].GetProperty("format").GetString());
        Assert.True(info.GetProperty("memory").GetProperty("totalBytes").GetInt64() > new FileInfo(model).Length);

        var logits = _folder["logits"];
        var computed = await TandemProcess.RunAsync(["logits", "--model", model, "--tokens", "1,2,3", "--out", logits]);
        Assert.Equal((0, "", ""), (computed.ExitCode, computed.Output, computed.Error));
        var vocabulary = info.GetProperty("model").GetProperty("vocabulary").GetInt32();
        Assert.Equal(3 * vocabulary * sizeof(float), new FileInfo(logits).Length);
    }

    [Fact]
    public async Task Info_shows_the_same_as_a_table_without_colour_in_a_pipe()
    {
        var ended = await TandemProcess.RunAsync(["info"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("architecture        llama", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', ended.Output);
    }
}
