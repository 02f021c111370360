using Tandem.Serving.OpenAi;

namespace Tandem.Tests.Serving.OpenAi;

public class HostileFieldsTest
{
    private static readonly string[] s_fields =
    [
        "messages",
        "prompt",
        "input",
        "encoding_format",
        "dimensions",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "n",
        "best_of",
        "seed",
        "stop",
        "stop_token_ids",
        "ignore_eos",
        "logprobs",
        "top_logprobs",
        "logit_bias",
        "max_tokens",
        "max_completion_tokens",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "chat_template_kwargs",
        "cache_salt",
        "priority",
        "echo",
        "stream",
        "stream_options",
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "response_format",
        "modalities",
        "audio",
        "suffix",
    ];

    private static readonly string[] s_values =
    [
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "0.1",
        "\"\"",
        "\"text\"",
        $"\"{new string('a', 100_000)}\"",
        "\"\\u0000\\n\\u001b[31m\"",
        "[]",
        "[null]",
        "[1]",
        "[[[]]]",
        "[{}]",
        "[\"a\",1,{}]",
        "{}",
        "{\"type\":5}",
        "{\"type\":\"text\",\"include_usage\":1,\"messages\":7}",
        "{\"-1\":0}",
        "{\"\":{\"\":[]}}",
        "[{\"role\":\"tool\",\"content\":[{\"type\":\"text\",\"text\":\"\"}],\"tool_calls\":[{\"function\":{\"arguments\":\"[]\"}}]}]",
        "[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":[]}]}]",
    ];

    [Fact]
    public void Any_value_in_any_field_gives_a_request_or_an_error_on_one_line()
    {
        foreach (var field in s_fields)
        {
            foreach (var value in s_values)
            {
                var others = new Dictionary<string, string>
                {
                    ["messages"] = """[{"role":"user","content":"hi"}]""",
                    ["prompt"] = "\"hi\"",
                    ["input"] = "\"hi\"",
                    [field] = value,
                };
                var body = Bodies.Parse(
                    $"{{{string.Join(',', others.Select(pair => $"\"{pair.Key}\":{pair.Value}"))}}}"
                );
                Check(field, value, () => ChatRequest.Read(body, Bodies.Model, Bodies.Call));
                Check(field, value, () => CompletionRequest.Read(body, Bodies.Model, Bodies.Call));
                Check(field, value, () => EmbeddingRequest.Read(body, Bodies.Model));
            }
        }
    }

    private static void Check(string field, string value, Action read)
    {
        try
        {
            read();
        }
        catch (ApiException error)
        {
            var what = $"{field} = {value[..Math.Min(value.Length, 80)]}: {error.Message}";
            Assert.True(error.Error.Status == 400, what);
            Assert.True(error.Error.Param?.StartsWith(field, StringComparison.Ordinal) ?? false, what);
            Assert.True(error.Message.Length < 400 && !error.Message.Any(char.IsControl), what);
        }
    }
}
