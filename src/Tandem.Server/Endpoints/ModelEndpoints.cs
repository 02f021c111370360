using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Serving.OpenAi;

namespace Tandem.Server.Endpoints;

/// <summary><c>GET /v1/models</c>: there is one.</summary>
/// <param name="state">Where the model is once it is loaded.</param>
/// <param name="started">When the server began.</param>
internal sealed class ModelEndpoints(ServerState state, DateTimeOffset started)
{
    /// <summary>Sends the list.</summary>
    public async Task ListAsync(HttpContext context)
    {
        using var entry = state.Enter();
        await WriteAsync(context, ModelResponse.WriteList(entry.Loaded.Model, started));
    }

    /// <summary>Sends the one that the path names.</summary>
    public async Task GetAsync(HttpContext context)
    {
        using var entry = state.Enter();
        var model = entry.Loaded.Model;
        // A slash of a name is all that comes as it was escaped.
        model.RequireId(
            ((string?)context.GetRouteValue("id"))?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)
        );
        await WriteAsync(context, ModelResponse.Write(model, started));
    }

    private static Task WriteAsync(HttpContext context, byte[] body) =>
        Responses.WriteJsonAsync(context.Response, 200, body, context.RequestAborted);
}
