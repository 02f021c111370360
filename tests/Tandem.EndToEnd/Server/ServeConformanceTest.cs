using System.Net;
using System.Text.Json;

namespace Tandem.EndToEnd.Server;

/// <summary>
/// What endpoints send fits OpenAI's published shapes, and the server's own document as well: no field is missing, none is there that
/// has no name in it, all are of their types.
/// </summary>
public sealed class ServeConformanceTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Fox = """{"messages":[{"role":"user","content":"What is a fox?"}],"max_completion_tokens":9""";
    private const string Once = """{"prompt":["Once upon a","The sky"],"n":2,"max_tokens":5""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpClient Client => shared.Client;

    [Theory]
    [InlineData(Requests.Chat, Fox + "}", "chat.completion", "ChatResponse")]
    [InlineData(Requests.Chat, Fox + ""","n":2,"logprobs":true,"top_logprobs":3}""", "chat.completion", "ChatResponse")]
    [InlineData(Requests.Completions, Once + "}", "text_completion", "CompletionResponse")]
    [InlineData(Requests.Completions, Once + ""","logprobs":2}""", "text_completion", "CompletionResponse")]
    [InlineData(Requests.Completions, Once + ""","echo":true}""", "text_completion", "CompletionResponse")]
    [InlineData("/v1/embeddings", """{"input":["a fox","the sky"]}""", "embeddings", "EmbeddingResponse")]
    [InlineData(
        "/v1/embeddings",
        """{"input":"a fox","encoding_format":"base64"}""",
        "embeddings",
        "EmbeddingResponse"
    )]
    [InlineData("/tokenize", """{"prompt":"Hello","return_token_strs":true}""", null, "TokenizeResponse")]
    [InlineData("/tokenize", """{"content":"Hello","with_pieces":true}""", null, "TokenizeResponse")]
    [InlineData("/detokenize", """{"tokens":[20,21]}""", null, "DetokenizeResponse")]
    public async Task A_whole_response_has_its_published_shape(
        string path,
        string body,
        string? shape,
        string schema
    ) => await FitsAsync(await Client.AskAsync(path, body), shape, schema);

    [Theory]
    [InlineData(Requests.Chat, Fox, "chat.completion.chunk", "ChatChunk")]
    [InlineData(Requests.Chat, Fox + ""","logprobs":true,"top_logprobs":2""", "chat.completion.chunk", "ChatChunk")]
    [InlineData(Requests.Completions, Once, "text_completion", "CompletionResponse")]
    [InlineData(Requests.Completions, Once + ""","logprobs":0""", "text_completion", "CompletionResponse")]
    public async Task Every_piece_of_a_streamed_one_has_its(string path, string body, string shape, string schema)
    {
        foreach (var options in (string[])["", ""","stream_options":{"include_usage":true}"""])
        {
            var pieces = await Client.StreamAsync(path, body + ""","stream":true""" + options + "}");
            foreach (var piece in pieces)
            {
                await FitsAsync(piece, shape, schema);
            }
        }
    }

    [Theory]
    [InlineData("/v1/models", "models", "ModelList")]
    [InlineData("/v1/models/small", "model", "Model")]
    public async Task A_model_has_its(string path, string shape, string schema)
    {
        using var document = JsonDocument.Parse(await Client.GetStringAsync(path, Cancellation));
        await FitsAsync(document.RootElement, shape, schema);
    }

    [Theory]
    [InlineData(Requests.Chat, """{"messages":[]}""", HttpStatusCode.BadRequest)]
    [InlineData(Requests.Completions, """{"prompt":"a","model":"large"}""", HttpStatusCode.NotFound)]
    [InlineData(Requests.Completions, "{", HttpStatusCode.BadRequest)]
    [InlineData("/v1/nothing", "{}", HttpStatusCode.NotFound)]
    [InlineData("/v1/models", "{}", HttpStatusCode.MethodNotAllowed)]
    public async Task An_error_has_its(string path, string body, HttpStatusCode status)
    {
        using var response = await Client.PostAsync(path, body);
        Assert.Equal(status, response.StatusCode);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        await FitsAsync(document.RootElement, "error", "Error");
    }

    private async Task FitsAsync(JsonElement value, string? shape, string schema)
    {
        using var published = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "openai-shapes.json"), Cancellation)
        );
        using var own = JsonDocument.Parse(await Client.GetStringAsync("/openapi.json", Cancellation));
        var shapes = new JsonShape(published.RootElement);
        var schemas = new JsonShape(own.RootElement);
        Assert.Empty(shape is null ? [] : shapes.Misfits(value, shapes.At(shape)));
        Assert.Empty(schemas.Misfits(value, schemas.At("components", "schemas", schema)));
    }
}
