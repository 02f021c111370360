using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tandem.EndToEnd.Server;

/// <summary>Log-probabilities of a prompt: <c>echo</c> with <c>logprobs</c>.</summary>
public sealed class ServeEchoTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly int[] s_prompt = [20, 301, 45, 302, 77, 20, 45, 310, 9, 400];

    private static string Prompt => string.Join(',', s_prompt);

    [Fact]
    public async Task A_prompts_tokens_have_the_log_probabilities_that_its_logits_say()
    {
        using var folder = new TemporaryFolder();
        var ended = await TandemProcess.RunAsync(["logits", "--tokens", Prompt, "--out", folder["logits"]]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        var logits = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(folder["logits"])).ToArray();
        var vocabulary = logits.Length / s_prompt.Length;

        // Which that command computes with a cache of whole floats.
        await using var server = await ServerProcess.StartAsync(["--cache-type", "f32"]);
        var body = await server.Client.AskAsync(
            Requests.Completions,
            $$"""{"prompt":[{{Prompt}}],"temperature":0,"echo":true,"logprobs":2,"max_tokens":3}"""
        );

        var choice = body.At("choices")[0];

        var found = choice.At("logprobs").At("token_logprobs").EnumerateArray().ToList();
        Assert.Equal(s_prompt.Length + 3, found.Count);
        Assert.Equal(JsonValueKind.Null, found[0].ValueKind);
        Assert.Equal(JsonValueKind.Null, choice.At("logprobs").At("top_logprobs")[0].ValueKind);
        for (var i = 1; i < s_prompt.Length; i++)
        {
            var row = logits.AsSpan((i - 1) * vocabulary, vocabulary).ToArray();
            var expected = row[s_prompt[i]] - Math.Log(row.Sum(logit => Math.Exp(logit)));
            Assert.Equal(expected, found[i].GetDouble(), 1e-4);
        }
    }

    [Fact]
    public async Task The_answer_and_the_numbers_of_tokens_are_those_without()
    {
        var plain = await AskAsync(""" "echo":true,"temperature":0,"max_tokens":7,"presence_penalty":1 """);
        var measured = await AskAsync(
            """ "echo":true,"temperature":0,"max_tokens":7,"presence_penalty":1,"logprobs":0 """
        );

        Assert.Equal(plain.At("choices")[0].TextAt("text"), measured.At("choices")[0].TextAt("text"));
        foreach (var field in (string[])["prompt_tokens", "completion_tokens", "total_tokens"])
        {
            Assert.Equal(plain.At("usage").At(field).GetInt32(), measured.At("usage").At(field).GetInt32());
        }
        var answer = await AskAsync(""" "temperature":0,"max_tokens":7,"presence_penalty":1,"logprobs":0 """);
        Assert.Equal(
            Numbers(answer.At("choices")[0], "token_logprobs"),
            Numbers(measured.At("choices")[0], "token_logprobs").Skip(s_prompt.Length)
        );
    }

    [Fact]
    public async Task What_would_end_an_answer_ends_none_within_the_prompt_and_no_answer_at_all_may_be_asked_for()
    {
        var body = await AskAsync(
            """ "echo":true,"logprobs":1,"max_tokens":0,"stop_token_ids":[301,45],"ignore_eos":false,"n":2 """
        );

        Assert.Equal((s_prompt.Length, 0), (Usage(body, "prompt_tokens"), Usage(body, "completion_tokens")));
        foreach (var choice in body.At("choices").EnumerateArray())
        {
            Assert.Equal("length", choice.TextAt("finish_reason"));
            Assert.Equal(s_prompt.Length, Numbers(choice, "token_logprobs").Count);
        }
    }

    [Fact]
    public async Task A_stream_is_the_whole_in_pieces()
    {
        const string Options = """ "echo":true,"logprobs":2,"max_tokens":4,"n":2,"seed":3,"temperature":1 """;
        var whole = await AskAsync(Options);
        var pieces = await shared.Client.StreamAsync(
            Requests.Completions,
            $$"""{"prompt":[{{Prompt}}],"stream":true,{{Options}}}"""
        );
        for (var index = 0; index < 2; index++)
        {
            var expected = whole.At("choices")[index];
            var found = pieces
                .Select(piece => piece.At("choices")[0])
                .Where(choice => choice.At("index").GetInt32() == index)
                .ToList();
            Assert.Equal(expected.TextAt("text"), string.Concat(found.Select(choice => choice.TextAt("text"))));
            foreach (var list in (string[])["tokens", "text_offset", "token_logprobs", "top_logprobs"])
            {
                Assert.Equal(Numbers(expected, list), found.SelectMany(choice => Numbers(choice, list)));
            }
        }
    }

    private static int Usage(JsonElement body, string field) => body.At("usage").At(field).GetInt32();

    private static List<string> Numbers(JsonElement choice, string list) =>
        [.. choice.At("logprobs").At(list).EnumerateArray().Select(value => value.GetRawText())];

    private Task<JsonElement> AskAsync(string options) =>
        shared.Client.AskAsync(
            Requests.Completions,
            string.Create(CultureInfo.InvariantCulture, $$"""{"prompt":[{{Prompt}}],{{options}}}""")
        );
}
