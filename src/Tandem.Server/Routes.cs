using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tandem.Server.Endpoints;

namespace Tandem.Server;

/// <summary>Which path leads where.</summary>
internal static class Routes
{
    private const string Help = """
        GET  /health                alive
        GET  /ready                 loaded, and taking requests
        GET  /v1/models             the model
        POST /v1/chat/completions   OpenAI's, whole or streamed
        POST /v1/completions        OpenAI's, whole or streamed
        POST /v1/embeddings         OpenAI's
        POST /tokenize              text or messages to token ids
        POST /detokenize            token ids to text
        GET  /metrics               for Prometheus
        GET  /openapi.json          all of this for programs
        GET  /scalar                a page to try it

        """;

    /// <summary>Adds all paths to an application.</summary>
    public static void Map(WebApplication application, ServerState state, ServerOptions options)
    {
        var log = application.Services.GetRequiredService<RequestLog>();
        var telemetry = application.Services.GetRequiredService<Telemetry>();
        var pipeline = new RequestPipeline(state, options, log, telemetry);
        var keys = options.ApiKeyFile is { } path
            ? new ApiKeys(path, application.Services.GetRequiredService<ILogger<ApiKeys>>())
            : null;
        var guard = new Guard(keys, options.CorsOrigins);
        application.Use(next => context => pipeline.InvokeAsync(context, next));
        UseCors(application, options);
        application.Use(next =>
            context =>
            {
                guard.Check(context);
                return next(context);
            }
        );
        application.UseRouting();

        Responses.MapRead(application, "/", context => WelcomeAsync(context, state));
        Responses.MapRead(application, "/health", context => TextAsync(context, 200, "ok\n"));
        application.MapPrometheusScrapingEndpoint("/metrics");
        Responses.MapRead(application, "/ready", context => ReadyAsync(context, state));

        var models = new ModelEndpoints(state, options.Time.GetUtcNow());
        Responses.MapRead(application, "/v1/models", models.ListAsync);
        Responses.MapRead(application, "/v1/models/{**id}", models.GetAsync);

        var generation = new GenerationEndpoint(options, log);
        application
            .MapPost("/v1/chat/completions", pipeline.Post(generation.ChatAsync))
            .WithMetadata(new Operation("chat"));
        application
            .MapPost("/v1/completions", pipeline.Post(generation.CompletionAsync))
            .WithMetadata(new Operation("text_completion"));
        application
            .MapPost("/v1/embeddings", pipeline.Post(EmbeddingEndpoint.AnswerAsync))
            .WithMetadata(new Operation("embeddings"));
        application.MapPost("/tokenize", pipeline.Post(TokenEndpoints.TokenizeAsync));
        application.MapPost("/detokenize", pipeline.Post(TokenEndpoints.DetokenizeAsync));
        ApiDocument.Map(application);
    }

    // Before the guard: a browser asks without a key whether it may ask with one.
    private static void UseCors(WebApplication application, ServerOptions options)
    {
        if (options.CorsOrigins.Count > 0)
        {
            application.UseCors(policy =>
                policy.WithOrigins([.. options.CorsOrigins]).AllowAnyHeader().AllowAnyMethod()
            );
        }
    }

    private static Task WelcomeAsync(HttpContext context, ServerState state)
    {
        var text = new StringBuilder("Tandem");
        text.Append(
            state.Loaded is { } loaded
                ? $" serves {loaded.Model.Id}, plan {loaded.Engine.Plan}"
                : " is loading its model"
        );
        return TextAsync(context, 200, text.Append(".\n\n").Append(Help).ToString());
    }

    private static Task ReadyAsync(HttpContext context, ServerState state) =>
        state.IsReady ? TextAsync(context, 200, "ready\n")
        : state.Loaded is null ? TextAsync(context, 503, "loading\n")
        : TextAsync(context, 503, "ending\n");

    private static Task TextAsync(HttpContext context, int status, string text) =>
        Responses.WriteTextAsync(context.Response, status, text, context.RequestAborted);
}
