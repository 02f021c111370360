using System.Text.Json;
using Tandem.Serving.OpenAi;

namespace Tandem.Server.Endpoints;

/// <summary><c>POST /tokenize</c> and <c>POST /detokenize</c>, in the shapes of both vLLM and llama-server.</summary>
internal static class TokenEndpoints
{
    /// <summary>Sends the token ids of a text or a conversation.</summary>
    public static Task TokenizeAsync(Exchange exchange, JsonElement body)
    {
        var model = exchange.Loaded.Model;
        var request = TokenizeRequest.Read(body, model, exchange.Call.Api.Time);
        return exchange.WriteJsonAsync(TokenizeResponse.Write(request, model));
    }

    /// <summary>Sends the text of token ids.</summary>
    public static Task DetokenizeAsync(Exchange exchange, JsonElement body)
    {
        var model = exchange.Loaded.Model;
        return exchange.WriteJsonAsync(DetokenizeResponse.Write(TokenizeRequest.ReadTokens(body, model), model));
    }
}
