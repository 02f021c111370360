using System.Text.Json;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Tests.Serving.OpenAi;

/// <summary>Responses, by the model that ships inside.</summary>
public sealed class ApiEndpointsTest
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_is_answered_in_the_shape_that_clients_read()
    {
        var body = await AskAsync(
            "/v1/chat/completions",
            """{"messages":[{"role":"user","content":"What colour is the sky?"}],"temperature":0}"""
        );

        Assert.Equal("chatcmpl-7", body.GetProperty("id").GetString());
        Assert.Equal("chat.completion", body.GetProperty("object").GetString());
        Assert.Equal(Bodies.Call.Time.ToUnixTimeSeconds(), body.GetProperty("created").GetInt64());
        var choice = body.GetProperty("choices")[0];
        Assert.Equal(
            """{"role":"assistant","content":"The sky is blue.","refusal":null}""",
            choice.GetProperty("message").GetRawText()
        );
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        var usage = body.GetProperty("usage");
        Assert.Equal(
            usage.GetProperty("total_tokens").GetInt32(),
            usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32()
        );
    }

    [Fact]
    public async Task Log_probabilities_come_for_every_token_in_both_shapes()
    {
        var chat = await AskAsync(
            "/v1/chat/completions",
            """{"messages":[{"role":"user","content":"What colour is the sky?"}],"temperature":0,"logprobs":true,"top_logprobs":3,"max_tokens":3}"""
        );
        var tokens = chat.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray();
        Assert.Equal("The sky is", string.Concat(tokens.Select(token => token.GetProperty("token").GetString())));
        Assert.All(
            tokens,
            token =>
            {
                Assert.Equal(3, token.GetProperty("top_logprobs").GetArrayLength());
                // Greedy: what was chosen is the likeliest.
                Assert.Equal(
                    token.GetProperty("logprob").GetSingle(),
                    token.GetProperty("top_logprobs")[0].GetProperty("logprob").GetSingle()
                );
            }
        );

        var completion = await AskAsync(
            "/v1/completions",
            """{"prompt":"Once upon a","temperature":0,"logprobs":2,"max_tokens":4}"""
        );
        var choice = completion.GetProperty("choices")[0];
        var text = choice.GetProperty("text").GetString()!;
        var list = choice.GetProperty("logprobs");
        var words = list.GetProperty("tokens").EnumerateArray().Select(word => word.GetString()!).ToArray();
        var offsets = list.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32()).ToArray();
        Assert.Equal(4, list.GetProperty("token_logprobs").GetArrayLength());
        Assert.Equal(text, string.Concat(words));
        Assert.All(
            words.Index(),
            word => Assert.Equal(word.Item, text.Substring(offsets[word.Index], word.Item.Length))
        );
    }

    [Fact]
    public async Task An_echo_and_several_answers_are_counted_once_a_prompt()
    {
        var body = await AskAsync(
            "/v1/completions",
            """{"prompt":[[300,301],[302]],"n":2,"echo":true,"max_tokens":3,"ignore_eos":true}"""
        );

        var texts = body.GetProperty("choices")
            .EnumerateArray()
            .Select(choice => choice.GetProperty("text").GetString()!);
        var echoes = new[] { [300, 301], new[] { 302 } }.Select(ids => Bodies.Model.Tokenizer.Decode(ids)).ToArray();
        Assert.All(
            texts.Index(),
            text => Assert.StartsWith(echoes[text.Index / 2], text.Item, StringComparison.Ordinal)
        );
        Assert.Equal(3, body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(12, body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task An_embedding_is_the_same_in_both_encodings()
    {
        var plain = await AskAsync("/v1/embeddings", """{"input":["a fox","a hare"]}""");
        var packed = await AskAsync("/v1/embeddings", """{"input":["a fox","a hare"],"encoding_format":"base64"}""");
        for (var i = 0; i < 2; i++)
        {
            var values = plain.GetProperty("data")[i].GetProperty("embedding").EnumerateArray();
            var bytes = packed.GetProperty("data")[i].GetProperty("embedding").GetBytesFromBase64();
            Assert.Equal(values.Select(value => value.GetSingle()), Floats(bytes));
        }
    }

    [Theory]
    [InlineData(404, "/v1/images", "{}")]
    [InlineData(400, "/v1/chat/completions", "{}")]
    [InlineData(400, "/v1/chat/completions", """{"messages":[{"role":"user","content":"x"}],"stream":true}""")]
    [InlineData(400, "/v1/embeddings", """{"input":"x","dimensions":3}""")]
    [InlineData(400, "/v1/embeddings", """{"input":"x","encoding_format":"hex"}""")]
    public async Task A_mistake_is_a_response_with_an_error(int status, string path, string body)
    {
        await using var fake = new FakeEngine();
        var endpoints = new ApiEndpoints(fake.Engine, ServedModel.Of(fake.Engine, "fake"));

        var response = await endpoints.AnswerAsync(path, Bodies.Parse(body), Bodies.Call, Cancellation);

        using var json = JsonDocument.Parse(response.Body);
        Assert.Equal(status, response.Status);
        Assert.Equal("invalid_request_error", json.RootElement.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task An_engine_that_fails_is_no_mistake_of_the_request()
    {
        await using var fake = new FakeEngine();
        var endpoints = new ApiEndpoints(fake.Engine, ServedModel.Of(fake.Engine, "fake"));
        fake.Runner.Fault = new InputException("the model's weights are broken");

        await Assert.ThrowsAsync<InputException>(() =>
            endpoints.AnswerAsync("/v1/completions", Bodies.Parse("""{"prompt":"x"}"""), Bodies.Call, Cancellation)
        );
    }

    [Fact]
    public void A_token_that_cannot_be_has_a_number_that_JSON_has()
    {
        var token = new GeneratedToken(
            5,
            "",
            float.NegativeInfinity,
            [],
            0,
            FinishReason.Length,
            new(0, 0, 0, 1, 0, 1, 0, 0, 0)
        );
        var request = Bodies.Chat(""" "logprobs":true """);
        var body = ChatResponse.Write(
            request,
            [new Answer("", [token], FinishReason.Length, token.Times!)],
            Bodies.Model,
            Bodies.Call
        );
        using var json = JsonDocument.Parse(body);
        var content = json.RootElement.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        Assert.Equal(-9999, content[0].GetProperty("logprob").GetDouble());
    }

    private static async Task<JsonElement> AskAsync(string path, string body)
    {
        var options = new EngineOptions { Threads = 1, Context = 512 };
        await using var engine = await Engine.LoadAsync(options, null, Cancellation);
        var endpoints = new ApiEndpoints(engine, ServedModel.Of(engine, "small"));
        var response = await endpoints.AnswerAsync(path, Bodies.Parse(body), Bodies.Call, Cancellation);
        Assert.Equal(200, response.Status);
        using var json = JsonDocument.Parse(response.Body);
        return json.RootElement.Clone();
    }

    private static IEnumerable<float> Floats(byte[] bytes) =>
        bytes.Chunk(sizeof(float)).Select(part => System.Buffers.Binary.BinaryPrimitives.ReadSingleLittleEndian(part));
}
