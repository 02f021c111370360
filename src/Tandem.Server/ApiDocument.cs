using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Scalar.AspNetCore;

namespace Tandem.Server;

/// <summary>What can be asked, for programs (<c>/openapi.json</c>) and for people (<c>/scalar</c>, a page to try it).</summary>
/// <seealso href="https://spec.openapis.org/oas/v3.1.1.html"/>
internal static class ApiDocument
{
    private const string Path = "/openapi.json";

    /// <summary>Adds both paths.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        Responses.MapRead(routes, Path, SendAsync);
        routes.MapScalarApiReference(
            "/scalar",
            page =>
                page.WithTitle("Tandem")
                    .WithOpenApiRoutePattern(Path)
                    // Nothing is fetched from elsewhere, and nothing sent there.
                    .DisableDefaultFonts()
                    .DisableTelemetry()
                    .DisableAgent()
                    .DisableMcp()
                    .HideDeveloperTools()
                    .HideClientButton()
        );
    }

    private static async Task SendAsync(HttpContext context)
    {
        await using var document = typeof(ApiDocument).Assembly.GetManifestResourceStream("openapi.json")!;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = document.Length;
        await document.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
