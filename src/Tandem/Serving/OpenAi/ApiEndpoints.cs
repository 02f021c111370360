using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>OpenAI's API over an engine, for whoever wants a response whole.</summary>
/// <param name="engine">Computes.</param>
/// <param name="model">The model that it has loaded.</param>
public sealed class ApiEndpoints(Engine engine, ServedModel model)
{
    private const string ChatPath = "/v1/chat/completions";
    private const string CompletionPath = "/v1/completions";
    private const string EmbeddingPath = "/v1/embeddings";

    /// <summary>What may be asked.</summary>
    public static IReadOnlyList<string> Paths { get; } = [ChatPath, CompletionPath, EmbeddingPath];

    /// <summary>Answers a request. A mistake in it is a response, too.</summary>
    /// <param name="path">One of <see cref="Paths"/>.</param>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <param name="call">The ids, the time, and the seed.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="QueueFullException">As many requests wait as may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ApiResponse> AnswerAsync(
        string path,
        JsonElement body,
        ApiCall call,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return new ApiResponse(200, await BodyAsync(path, body, call, cancellationToken).ConfigureAwait(false));
        }
        catch (ApiException error)
        {
            return new ApiResponse(error.Error.Status, error.Error.ToBody());
        }
    }

    private async Task<byte[]> BodyAsync(string path, JsonElement body, ApiCall call, CancellationToken cancellation)
    {
        switch (path)
        {
            case ChatPath:
                var chat = ChatRequest.Read(body, model, call);
                RefuseStream(chat.Streams);
                return ChatResponse.Write(
                    chat,
                    await Answer.GenerateAsync(engine, chat.Choices, "", cancellation).ConfigureAwait(false),
                    model,
                    call
                );
            case CompletionPath:
                var completion = CompletionRequest.Read(body, model, call);
                RefuseStream(completion.Streams);
                return CompletionResponse.Write(
                    completion,
                    await Answer.GenerateAsync(engine, completion.Choices, "", cancellation).ConfigureAwait(false),
                    model,
                    call
                );
            case EmbeddingPath:
                var embedding = EmbeddingRequest.Read(body, model);
                return EmbeddingResponse.Write(
                    embedding,
                    await engine.EmbedAsync(embedding.Inputs, cancellationToken: cancellation).ConfigureAwait(false),
                    model
                );
            default:
                throw new ApiException(
                    new ApiError(
                        404,
                        $"found the path '{Text.Excerpt.Of(path)}', expected one of {string.Join(", ", Paths)}",
                        null,
                        "unknown_path"
                    )
                );
        }
    }

    private static void RefuseStream(bool streams)
    {
        if (streams)
        {
            throw ApiException.Invalid("stream", "found stream, expected a request for a whole answer");
        }
    }
}
