using Tandem.Formats;
using Tandem.Loading;

namespace Tandem.EndToEnd;

public sealed class InputErrorTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_file()
    {
        var path = _folder["absent.gguf"];
        (await InfoAsync(path)).IsInputError($"{path}: no such file");
    }

    [Fact]
    public async Task A_directory() =>
        (await InfoAsync(_folder.Path)).IsInputError($"{_folder.Path}: is a directory, expected a GGUF file");

    [Fact]
    public async Task A_file_that_is_no_model()
    {
        var path = _folder["notes.txt"];
        await File.WriteAllTextAsync(path, "notes", TestContext.Current.CancellationToken);
        (await InfoAsync(path)).IsInputError(
            $"{path}: file header at byte 0: it begins with the bytes 6E6F7465, expected 47475546 (GGUF)"
        );
    }

    [Fact]
    public async Task A_name_with_a_line_break_stays_on_one_line()
    {
        var path = _folder["two\nlines"];
        (await InfoAsync(path)).IsInputError($"{_folder["two\uFFFDlines"]}: no such file");
    }

    [Fact]
    public async Task A_model_too_big_for_the_memory()
    {
        var path = _folder["big.gguf"];
        WriteBigModel(path);

        var ended = await TandemProcess.RunAsync([
            "logits",
            "--model",
            path,
            "--tokens",
            "1",
            "--out",
            _folder["logits"],
        ]);

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.StartsWith($"tandem: {path}: its weights and buffers take 3", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1, ended.Error.Count(character => character == '\n'));
        Assert.False(File.Exists(_folder["logits"]));
    }

    [Fact]
    public async Task A_token_that_the_model_does_not_have()
    {
        var ended = await TandemProcess.RunAsync(["logits", "--tokens", "1,100000", "--out", _folder["logits"]]);
        ended.IsInputError("token 100000 is not of the vocabulary, whose ids go from 0 to 2047");
        Assert.False(File.Exists(_folder["logits"]));
    }

    [Fact]
    public async Task An_output_that_was_there_before_stays_as_it_may_be_a_device()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "devices are files elsewhere");
        File.CreateSymbolicLink(_folder["null"], "/dev/null");
        var ended = await TandemProcess.RunAsync(["logits", "--tokens", "1,100000", "--out", _folder["null"]]);
        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("/dev/null", new FileInfo(_folder["null"]).LinkTarget);
        Assert.True(File.Exists("/dev/null"));
    }

    [Fact]
    public async Task An_output_that_cannot_be_written()
    {
        var ended = await TandemProcess.RunAsync(["logits", "--tokens", "1", "--out", _folder["absent/logits"]]);
        ended.IsInputError(
            $"{_folder["absent/logits"]}: cannot be written: Could not find a part of the path '{_folder["absent/logits"]}'."
        );
    }

    private static Task<Ended> InfoAsync(string path) => TandemProcess.RunAsync(["info", "--model", path]);

    // A header as a real one, with very wide feed-forwards, and the weights as a hole in the file, which takes no room on the disk.
    private static void WriteBigModel(string path)
    {
        const long Width = 8192;
        const long FeedForward = 1L << 25;
        using var file = File.Create(path);
        var writer = new GgufWriter(file);
        writer.Add("general.architecture", "llama");
        writer.Add("llama.block_count", 1u);
        writer.Add("llama.context_length", 256u);
        writer.Add("llama.embedding_length", (uint)Width);
        writer.Add("llama.feed_forward_length", (uint)FeedForward);
        writer.Add("llama.attention.head_count", 64u);
        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        var bytes = 0L;
        void Tensor(string name, params long[] shape)
        {
            writer.AddTensor(name + ".weight", FormatTable.ByName("F32")!, shape);
            bytes += sizeof(float) * shape.Aggregate((product, length) => product * length);
        }
        Tensor("token_embd", Width, 1024);
        Tensor("output_norm", Width);
        Tensor("blk.0.attn_norm", Width);
        Tensor("blk.0.attn_q", Width, Width);
        Tensor("blk.0.attn_k", Width, Width);
        Tensor("blk.0.attn_v", Width, Width);
        Tensor("blk.0.attn_output", Width, Width);
        Tensor("blk.0.ffn_norm", Width);
        Tensor("blk.0.ffn_gate", Width, FeedForward);
        Tensor("blk.0.ffn_up", Width, FeedForward);
        Tensor("blk.0.ffn_down", FeedForward, Width);
        writer.Write([0]);
        file.SetLength(file.Length + bytes);
        Assert.InRange(file.Length, 3L << 40, 4L << 40);
    }
}
