using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Tandem.Server;
using Tandem.Serving;

namespace Tandem.EndToEnd.Server;

/// <summary>Who is answered, and who is not.</summary>
public sealed class ServeGuardTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Host", "example.com", HttpStatusCode.Forbidden)]
    [InlineData("Host", "127.0.0.1.example.com", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "https://example.com", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost:1", HttpStatusCode.Forbidden)]
    [InlineData("Host", "localhost:8080", HttpStatusCode.OK)]
    [InlineData("Host", "[::1]:8080", HttpStatusCode.OK)]
    public async Task Without_keys_only_this_machine_is_answered_and_no_web_page(
        string header,
        string value,
        HttpStatusCode expected
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await shared.Client.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_page_of_its_own_may_ask()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("Origin", shared.Server.Address.GetLeftPart(UriPartial.Authority));
        using var response = await shared.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task With_keys_only_their_owners_are_answered_from_anywhere_and_a_changed_file_counts_at_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["keys"], $"# who may ask\nanna {Hash("key-of-anna")}\nbert {Hash("key-of-bert")}\n");
        await using var server = await ServerProcess.StartAsync([
            "--api-key-file",
            folder["keys"],
            "--cors",
            "https://chat.example.com",
        ]);
        async Task<HttpStatusCode> AskAsync(string? key, string path = "/v1/models")
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = "example.com";
            request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
            using var response = await server.Client.SendAsync(request, Cancellation);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await AskAsync("key-of-anna"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("key-of-bert"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("key-of-carl"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(Hash("key-of-anna")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(null, "/"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(null, "/health"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(null, "/ready"));

        // Whoever opens the page to try it in a browser is told how to ask.
        using var page = new HttpRequestMessage(HttpMethod.Get, "/scalar");
        page.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        using var closed = await server.Client.SendAsync(page, Cancellation);
        var told = await closed.ErrorAsync(HttpStatusCode.Unauthorized);
        Assert.Contains("curl -H 'Authorization: Bearer KEY'", told.TextAt("message"), StringComparison.Ordinal);

        File.WriteAllText(folder["keys"], $"carl {Hash("key-of-carl")}");
        Assert.Equal(HttpStatusCode.OK, await AskAsync("key-of-carl"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("key-of-anna"));
        File.WriteAllText(folder["keys"], "what is this");
        Assert.Equal(HttpStatusCode.OK, await AskAsync("key-of-carl"));

        using var preflight = new HttpRequestMessage(HttpMethod.Options, Requests.Chat);
        preflight.Headers.Add("Origin", "https://chat.example.com");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using var allowed = await server.Client.SendAsync(preflight, Cancellation);
        Assert.Equal("https://chat.example.com", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());

        var ended = await server.TerminateAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("line 1: expected a name and the SHA-256", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefixes_are_cached_for_their_own_key_and_salt_alone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["keys"], $"anna {Hash("a")}\nbert {Hash("b")}\n");
        await using var server = await ServerProcess.StartAsync(["--api-key-file", folder["keys"]]);
        var prompt = string.Join(',', Enumerable.Range(20, 200));
        async Task<int> CachedAsync(string key, string salt)
        {
            using var client = server.NewClient();
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            var body = await client.AskAsync(
                Requests.Completions,
                $$"""{"prompt":[{{prompt}}],"max_tokens":1,"cache_salt":"{{salt}}"}"""
            );
            return body.At("usage").At("prompt_tokens_details").At("cached_tokens").GetInt32();
        }

        Assert.Equal(0, await CachedAsync("a", ""));
        Assert.Equal(192, await CachedAsync("a", ""));
        Assert.Equal(0, await CachedAsync("b", ""));
        Assert.Equal(0, await CachedAsync("a", "salt"));
        Assert.Equal(192, await CachedAsync("a", "salt"));
    }

    [Fact]
    public async Task Other_machines_need_keys()
    {
        var ended = await TandemProcess.RunAsync(["serve", "--host", "0.0.0.0", "--port", "0"]);

        ended.IsInputError(
            "'0.0.0.0' can be reached from other machines, and there are no keys; give --api-key-file, or listen on 127.0.0.1"
        );
    }

    [Theory]
    [InlineData("*", "AnyIPListenOptions http://[::]:8080")] // Kestrel's own any address: IPv4 alone where there is no IPv6
    [InlineData("+", "AnyIPListenOptions http://[::]:8080")]
    [InlineData("::", "ListenOptions http://[::]:8080")]
    [InlineData("0.0.0.0", "ListenOptions http://0.0.0.0:8080")]
    [InlineData("127.0.0.1", "ListenOptions http://127.0.0.1:8080")]
    [InlineData("localhost", "LocalhostListenOptions http://localhost:8080")]
    public void It_listens_where_the_host_says(string host, string expected)
    {
        var listened = new List<ListenOptions>();
        var kestrel = new KestrelServerOptions();
        kestrel.ConfigureEndpointDefaults(listened.Add);
        var options = new ServerOptions
        {
            Engine = new EngineOptions(),
            Host = host,
            ApiKeyFile = "keys",
        };

        Listening.Set(kestrel, new ConfigurationBuilder().Build(), options);

        var listening = Assert.Single(listened);
        Assert.Equal(expected, $"{listening.GetType().Name} {listening}");
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
