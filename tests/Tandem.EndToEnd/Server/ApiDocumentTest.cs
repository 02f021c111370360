using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Tandem.Server;
using Tandem.Serving;

namespace Tandem.EndToEnd.Server;

/// <summary>The document of the API, and the page that reads it.</summary>
public sealed class ApiDocumentTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly string[] s_methods = ["get", "post", "put", "delete", "patch", "head", "options"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_is_in_the_document_and_nothing_else_is()
    {
        await using var server = new TandemServer(new ServerOptions { Engine = new EngineOptions() });
        var routed = server
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => !endpoint.RoutePattern.RawText!.StartsWith("/scalar", StringComparison.Ordinal))
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                    // What GET gives goes without saying for HEAD.
                    .Where(method => method != "HEAD")
                    .Select(method =>
                        $"{method} /{endpoint.RoutePattern.RawText!.Trim('/').Replace("**", "", StringComparison.Ordinal)}"
                    )
            );
        using var document = await DocumentAsync();
        var described = document
            .RootElement.At("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Where(operation => s_methods.Contains(operation.Name))
                    .Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")
            );

        Assert.Equal(routed.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_plain_text_at_the_root_lists_what_the_document_has()
    {
        using var document = await DocumentAsync();
        var help = await shared.Client.GetStringAsync("/", Cancellation);

        foreach (var path in document.RootElement.At("paths").EnumerateObject())
        {
            Assert.Contains(path.Name.Split("/{")[0], help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_reference_in_the_document_leads_somewhere_and_everything_is_referred_to()
    {
        using var document = await DocumentAsync();
        var text = document.RootElement.GetRawText();
        var references = text.Split("\"$ref\": \"#/").Skip(1).Select(rest => rest.Split('"')[0]).ToHashSet();

        Assert.All(
            references,
            path =>
            {
                var part = path.Split('/').Aggregate(document.RootElement, (value, name) => value.At(name));
                Assert.Equal(JsonValueKind.Object, part.ValueKind);
            }
        );
        foreach (var kind in (string[])["schemas", "responses"])
        {
            Assert.All(
                document.RootElement.At("components").At(kind).EnumerateObject(),
                part => Assert.Contains($"components/{kind}/{part.Name}", references)
            );
        }
    }

    [Fact]
    public async Task What_the_document_gives_as_examples_is_answered()
    {
        using var document = await DocumentAsync();
        foreach (var path in document.RootElement.At("paths").EnumerateObject())
        {
            if (!path.Value.TryGetProperty("post", out var post))
            {
                continue;
            }
            var schema = post.At("requestBody").At("content").At("application/json").At("schema").TextAt("$ref")!;
            var example = document.RootElement.At("components").At("schemas").At(schema.Split('/')[^1]).At("examples")[
                0
            ];
            await shared.Client.AskAsync(path.Name, example.GetRawText());
        }
    }

    [Fact]
    public async Task The_page_and_its_script_come_from_the_server_itself()
    {
        using var page = await shared.Client.GetAsync("/scalar/", Cancellation);
        var html = await page.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains("openapi.json", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
    }

    private async Task<JsonDocument> DocumentAsync() =>
        JsonDocument.Parse(await shared.Client.GetStringAsync("/openapi.json", Cancellation));
}
