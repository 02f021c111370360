using System.Text.Json;
using Tandem.Serving.OpenAi;

namespace Tandem.Server.Endpoints;

/// <summary><c>POST /v1/embeddings</c>.</summary>
internal static class EmbeddingEndpoint
{
    /// <summary>Sends the response.</summary>
    public static async Task AnswerAsync(Exchange exchange, JsonElement body)
    {
        var (engine, model) = exchange.Loaded;
        var request = EmbeddingRequest.Read(body, model);
        exchange.Call.NotePrompt(request.Inputs.Sum(input => input.Length));
        var embeddings = await engine.EmbedAsync(request.Inputs, exchange.Client, exchange.Cancellation);
        await exchange.WriteJsonAsync(EmbeddingResponse.Write(request, embeddings, model));
    }
}
