using System.Net;
using System.Text;
using System.Text.Json;

namespace Tandem.EndToEnd.Server;

/// <summary>One server for all tests that only ask it something.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private ServerProcess? _server;

    public ServerProcess Server => _server!;

    public HttpClient Client => Server.Client;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(["--alias", "small"]);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

public sealed class ServeTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpClient Client => shared.Client;

    [Fact]
    public async Task It_says_on_one_line_where_it_listens_what_it_serves_and_what_it_takes()
    {
        Assert.Matches(
            @"^tandem: http://127\.0\.0\.1:\d+ serves small, plan dp=1,pp=1,tp=\d+,threads=\d+, \d+\.\d\d GiB$",
            shared.Server.Line
        );
        Assert.StartsWith(
            "Tandem serves small",
            await Client.GetStringAsync("/", Cancellation),
            StringComparison.Ordinal
        );
        Assert.Equal("ok\n", await Client.GetStringAsync("/health", Cancellation));
        Assert.Equal("ready\n", await Client.GetStringAsync("/ready", Cancellation));
    }

    [Fact]
    public async Task A_streamed_chat_has_the_role_first_then_the_text_then_the_reason_then_the_usage()
    {
        var whole = await Client.AskAsync(Requests.Chat, Requests.Sky);
        var pieces = await Client.StreamAsync(
            Requests.Chat,
            Requests.Sky[..^1] + ""","stream":true,"stream_options":{"include_usage":true}}"""
        );

        Assert.All(pieces, piece => Assert.Equal("chat.completion.chunk", piece.TextAt("object")));
        Assert.Single(pieces.Select(piece => piece.TextAt("id")).Distinct());
        Assert.Equal("""{"role":"assistant","content":""}""", pieces[0].At("choices")[0].At("delta").GetRawText());
        var deltas = pieces.SkipLast(1).Select(piece => piece.At("choices")[0]).ToList();
        Assert.Equal(
            whole.At("choices")[0].At("message").TextAt("content"),
            string.Concat(
                deltas.Select(choice =>
                    choice.At("delta").TryGetProperty("content", out var text) ? text.GetString() : ""
                )
            )
        );
        Assert.Equal("stop", deltas[^1].TextAt("finish_reason"));
        Assert.All(
            deltas.SkipLast(1),
            choice => Assert.Equal(JsonValueKind.Null, choice.At("finish_reason").ValueKind)
        );
        Assert.Equal(0, pieces[^1].At("choices").GetArrayLength());
        foreach (var field in (string[])["prompt_tokens", "completion_tokens", "total_tokens"])
        {
            Assert.Equal(whole.At("usage").At(field).GetInt32(), pieces[^1].At("usage").At(field).GetInt32());
        }
    }

    [Fact]
    public async Task A_streamed_completion_is_the_whole_one_in_pieces_for_every_choice()
    {
        const string Body =
            """{"model":"small","prompt":["Once upon a","The sky"],"n":2,"seed":5,"max_tokens":9,"logprobs":2""";
        var whole = await Client.AskAsync(Requests.Completions, Body + "}");
        var pieces = await Client.StreamAsync(Requests.Completions, Body + ""","stream":true}""");

        for (var index = 0; index < 4; index++)
        {
            var expected = whole.At("choices")[index];
            var found = pieces
                .SelectMany(piece => piece.At("choices").EnumerateArray())
                .Where(choice => choice.At("index").GetInt32() == index)
                .ToList();
            Assert.Equal(expected.TextAt("text"), string.Concat(found.Select(choice => choice.TextAt("text"))));
            Assert.Equal(expected.TextAt("finish_reason"), found[^1].TextAt("finish_reason"));
            foreach (var list in (string[])["tokens", "text_offset", "token_logprobs"])
            {
                Assert.Equal(
                    expected.At("logprobs").At(list).EnumerateArray().Select(value => value.GetRawText()),
                    found
                        .SelectMany(choice => choice.At("logprobs").At(list).EnumerateArray())
                        .Select(value => value.GetRawText())
                );
            }
        }
    }

    [Fact]
    public async Task A_stream_may_begin_with_tokens_that_have_no_text()
    {
        var chat = await Client.AskAsync(Requests.Chat, Requests.Sky[..^1] + ""","logprobs":true}""");
        var end = chat.At("choices")[0].At("logprobs").At("content").EnumerateArray().Last().TextAt("token");
        var ids = await Client.AskAsync("/tokenize", $$"""{"content":{{JsonSerializer.Serialize(end)}}}""");
        var id = Assert.Single(ids.At("tokens").EnumerateArray()).GetInt32();

        var pieces = await Client.StreamAsync(
            Requests.Completions,
            $$"""{"prompt":"a","logit_bias":{"{{id}}":100},"temperature":0,"ignore_eos":true,"max_tokens":3,"stream":true}"""
        );
        Assert.Equal("length", Assert.Single(pieces).At("choices")[0].TextAt("finish_reason"));
    }

    [Fact]
    public async Task An_echo_comes_first_in_a_stream()
    {
        var pieces = await Client.StreamAsync(
            Requests.Completions,
            """{"prompt":"Once upon a","echo":true,"max_tokens":3,"stream":true}"""
        );

        Assert.Equal("Once upon a", pieces[0].At("choices")[0].TextAt("text"));
    }

    [Fact]
    public async Task Embeddings_come_as_numbers_and_as_base64_of_the_same()
    {
        var numbers = await Client.AskAsync("/v1/embeddings", """{"model":"small","input":["a fox","the sky"]}""");
        var base64 = await Client.AskAsync(
            "/v1/embeddings",
            """{"model":"small","input":["a fox","the sky"],"encoding_format":"base64"}"""
        );

        for (var i = 0; i < 2; i++)
        {
            var bytes = base64.At("data")[i].At("embedding").GetBytesFromBase64();
            var floats = new float[bytes.Length / sizeof(float)];
            Buffer.BlockCopy(bytes, 0, floats, 0, bytes.Length);
            Assert.Equal(
                numbers.At("data")[i].At("embedding").EnumerateArray().Select(value => value.GetSingle()),
                floats
            );
        }
    }

    [Fact]
    public async Task Models_are_listed_and_found_by_name()
    {
        using var list = JsonDocument.Parse(await Client.GetStringAsync("/v1/models", Cancellation));
        Assert.Equal("small", list.RootElement.At("data")[0].TextAt("id"));
        using var one = JsonDocument.Parse(await Client.GetStringAsync("/v1/models/small", Cancellation));
        Assert.Equal("model", one.RootElement.TextAt("object"));

        using var other = await Client.GetAsync("/v1/models/other", Cancellation);
        Assert.Equal("model_not_found", (await other.ErrorAsync(HttpStatusCode.NotFound)).TextAt("code"));
    }

    [Fact]
    public async Task Texts_become_tokens_and_tokens_texts_as_both_vLLM_and_llama_server_have_it()
    {
        var vllm = await Client.AskAsync("/tokenize", """{"prompt":"The sky","return_token_strs":true}""");
        Assert.Equal(vllm.At("count").GetInt32(), vllm.At("token_strs").GetArrayLength());
        var llama = await Client.AskAsync("/tokenize", """{"content":"The sky","with_pieces":true}""");
        Assert.Equal("The", llama.At("tokens")[0].TextAt("piece"));
        var chat = await Client.AskAsync("/tokenize", Requests.Sky);
        Assert.Equal(9, chat.At("count").GetInt32());

        var back = await Client.AskAsync("/detokenize", $$"""{"tokens":{{vllm.At("tokens").GetRawText()}}}""");
        Assert.Equal(("The sky", "The sky"), (back.TextAt("prompt"), back.TextAt("content")));
    }

    [Fact]
    public async Task Content_may_be_null_or_parts_and_unknown_fields_are_ignored()
    {
        var body = await Client.AskAsync(
            Requests.Chat,
            """
            {"messages":[{"role":"developer","content":null},
            {"role":"user","content":[{"type":"text","text":"What colour is the sky?"}]}],"temperature":0,"whatever":1}
            """
        );
        Assert.Equal("stop", body.At("choices")[0].TextAt("finish_reason"));
    }

    [Theory]
    [InlineData(Requests.Chat, """{"messages":[]}""", "messages", "invalid_value")]
    [InlineData(Requests.Chat, """{"messages":[{"role":"king","content":""}]}""", "messages[0].role", "invalid_value")]
    [InlineData(
        Requests.Chat,
        """{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}""",
        "messages[0].content[0].type",
        "unsupported_parameter"
    )]
    [InlineData(
        Requests.Chat,
        """{"messages":[{"role":"user","content":"a"}],"tools":[{}]}""",
        "tools",
        "unsupported_parameter"
    )]
    [InlineData(
        Requests.Chat,
        """{"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_object"}}""",
        "response_format",
        "unsupported_parameter"
    )]
    [InlineData(Requests.Completions, """{"prompt":"a","n":17}""", "n", "invalid_value")]
    [InlineData(Requests.Completions, """{"prompt":"a","logprobs":21}""", "logprobs", "invalid_value")]
    [InlineData(Requests.Completions, """{"prompt":"a","temperature":"warm"}""", "temperature", "invalid_value")]
    [InlineData(Requests.Completions, """{"prompt":[999999]}""", "prompt", "invalid_value")]
    [InlineData(Requests.Completions, "[1", null, "invalid_value")]
    [InlineData("/v1/embeddings", """{"input":{}}""", "input", "invalid_value")]
    [InlineData("/detokenize", """{"tokens":["a"]}""", "tokens", "invalid_value")]
    public async Task A_mistake_is_a_400_that_names_the_field(string path, string body, string? param, string code)
    {
        var error = await Client.FailAsync(path, body, HttpStatusCode.BadRequest);

        Assert.Equal(
            ("invalid_request_error", param, code),
            (error.TextAt("type"), error.TextAt("param"), error.TextAt("code"))
        );
    }

    [Fact]
    public async Task Limits_hold_to_the_last_one_that_is_allowed()
    {
        string Prompts(int count) =>
            $$"""{"prompt":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}],"max_tokens":1}""";
        Assert.Equal(64, (await Client.AskAsync(Requests.Completions, Prompts(64))).At("choices").GetArrayLength());
        await Client.FailAsync(Requests.Completions, Prompts(65), HttpStatusCode.BadRequest);

        string Stop(string text) => $$"""{"prompt":"a","max_tokens":1,"stop":"{{text}}"}""";
        await Client.AskAsync(Requests.Completions, Stop(new string('é', 128)));
        await Client.FailAsync(Requests.Completions, Stop(new string('é', 128) + "x"), HttpStatusCode.BadRequest);

        string Bias(int count) =>
            """{"prompt":"a","max_tokens":1,"logit_bias":{"""
            + string.Join(',', Enumerable.Range(0, count).Select(id => $"\"{id}\":1"))
            + "}}";
        await Client.AskAsync(Requests.Completions, Bias(1024));
        await Client.FailAsync(Requests.Completions, Bias(1025), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_prompt_beyond_the_context_is_refused_with_both_numbers_and_an_answer_beyond_it_is_cut()
    {
        var prompt = string.Join(',', Enumerable.Repeat("7", 512));
        var error = await Client.FailAsync(
            Requests.Completions,
            $$"""{"prompt":[{{prompt}}]}""",
            HttpStatusCode.BadRequest
        );
        Assert.Equal("context_length_exceeded", error.TextAt("code"));
        Assert.Contains("512", error.TextAt("message"), StringComparison.Ordinal);
        Assert.Contains("511", error.TextAt("message"), StringComparison.Ordinal);

        var cut = await Client.AskAsync(
            Requests.Completions,
            $$"""{"prompt":[{{prompt[..^24]}}],"max_tokens":4000,"ignore_eos":true}"""
        );
        Assert.Equal("length", cut.At("choices")[0].TextAt("finish_reason"));
        Assert.Equal(12, cut.At("usage").At("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/ready")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/small")]
    [InlineData("/openapi.json")]
    [InlineData("/metrics")]
    public async Task The_head_of_what_can_be_read_can_be_read_alone(string path)
    {
        using var whole = await Client.GetAsync(path, Cancellation);
        using var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancellation);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(whole.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task What_is_no_request_of_ours_gets_its_status_in_the_same_shape()
    {
        using var path = await Client.GetAsync("/nothing/here", Cancellation);
        await path.ErrorAsync(HttpStatusCode.NotFound);
        using var method = await Client.GetAsync(Requests.Chat, Cancellation);
        await method.ErrorAsync(HttpStatusCode.MethodNotAllowed);
        using var form = await Client.PostAsync(Requests.Chat, new StringContent(Requests.Sky), Cancellation);
        await form.ErrorAsync(HttpStatusCode.UnsupportedMediaType);
        using var packed = new ByteArrayContent([0x1f, 0x8b]);
        packed.Headers.ContentType = new("application/json");
        packed.Headers.ContentEncoding.Add("gzip");
        using var compressed = await Client.PostAsync(Requests.Chat, packed, Cancellation);
        await compressed.ErrorAsync(HttpStatusCode.UnsupportedMediaType);
        await Client.FailAsync(Requests.Chat, Requests.Sky[..^1] + ""","model":"other"}""", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_sent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Requests.Completions)
        {
            Content = new StringContent(new string(' ', 31_000_000), Encoding.UTF8, "application/json"),
        };
        request.Headers.ExpectContinue = true;
        using var response = await Client.SendAsync(request, Cancellation);
        await response.ErrorAsync(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_server_answers_several_clients_as_it_answers_each_alone()
    {
        string Body(int i) => $$"""{"prompt":"Story number {{i}}","max_tokens":24,"temperature":0,"ignore_eos":true}""";
        var alone = new List<string?>();
        for (var i = 0; i < 12; i++)
        {
            alone.Add((await Client.AskAsync(Requests.Completions, Body(i))).At("choices")[0].TextAt("text"));
        }

        var together = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(i => Client.AskAsync(Requests.Completions, Body(i)))
        );

        Assert.Equal(alone, together.Select(body => body.At("choices")[0].TextAt("text")));
    }
}
