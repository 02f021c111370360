using System.Net;
using Tandem.Server;
using Tandem.Serving;

namespace Tandem.EndToEnd.Server;

/// <summary>What clients see before the model is there, and while they wait for it to answer; the server is in the test's own process.</summary>
public sealed class ServeLoadingTest
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_model_is_loading_the_server_lives_and_sends_everybody_away_who_needs_it()
    {
        await using var server = new TandemServer(new ServerOptions { Engine = new EngineOptions(), Port = 0 });
        await server.StartAsync(Cancellation);
        using var client = ClientOf(server);

        Assert.Equal("ok\n", await client.GetStringAsync("/health", Cancellation));
        Assert.Contains("loading", await client.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        using (var ready = await client.GetAsync("/ready", Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal("loading\n", await ready.Content.ReadAsStringAsync(Cancellation));
        }
        using (var models = await client.GetAsync("/v1/models", Cancellation))
        {
            Assert.Equal("model_loading", (await models.ErrorAsync(HttpStatusCode.ServiceUnavailable)).TextAt("code"));
        }
        using (var refused = await client.PostAsync(Requests.Chat, Requests.Sky))
        {
            Assert.Equal("model_loading", (await refused.ErrorAsync(HttpStatusCode.ServiceUnavailable)).TextAt("code"));
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        var engine = await server.LoadAsync(null, Cancellation);
        // No stream will have to wait while the collector moves what was loaded.
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(engine.Tokenizer));
        Assert.Equal("ready\n", await client.GetStringAsync("/ready", Cancellation));
        await client.AskAsync(Requests.Chat, Requests.Sky);
    }

    [Fact]
    public async Task A_stream_whose_prompt_is_read_for_long_has_comments_so_that_nobody_takes_it_for_dead()
    {
        Assert.Equal(TimeSpan.FromSeconds(15), new ServerOptions { Engine = new EngineOptions() }.SilenceMax);

        using var heard = new ManualResetEventSlim();
        var trial = new WorkerTrial { OnStep = (_, _) => heard.Wait(Cancellation) };
        var options = new ServerOptions
        {
            Engine = new EngineOptions { Trial = trial },
            Port = 0,
            SilenceMax = TimeSpan.FromMilliseconds(20),
        };
        await using var server = new TandemServer(options);
        await server.StartAsync(Cancellation);
        await server.LoadAsync(null, Cancellation);
        using var client = ClientOf(server);
        using var response = await client.PostAsync(Requests.Chat, Requests.Sky[..^1] + ""","stream":true}""");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));

        // No step is done before the second comment is here.
        for (var comments = 0; comments < 2; comments++)
        {
            Assert.Equal(": waiting", await reader.ReadLineAsync(Cancellation));
            Assert.Equal("", await reader.ReadLineAsync(Cancellation));
        }
        heard.Set();
        var rest = await reader.ReadToEndAsync(Cancellation);
        Assert.Contains("\"role\":\"assistant\"", rest, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
    }

    private static HttpClient ClientOf(TandemServer server) => new() { BaseAddress = new Uri(server.Addresses[0]) };
}
