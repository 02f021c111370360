using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tandem.EndToEnd.Server;

/// <summary>What a server has around it: certificates, collectors, logs, and workers that are processes.</summary>
public sealed class ServeWiresTest
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TLS_is_Kestrels_own_configuration()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(folder["certificate.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        await using var server = await ServerProcess.StartAsync(
            environment: new Dictionary<string, string>
            {
                ["Kestrel__Endpoints__Https__Url"] = "https://127.0.0.1:0",
                ["Kestrel__Endpoints__Https__Certificate__Path"] = folder["certificate.pem"],
                ["Kestrel__Endpoints__Https__Certificate__KeyPath"] = folder["key.pem"],
            }
        );
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) =>
                shown!.GetCertHashString() == certificate.GetCertHashString(),
        };
        using var client = new HttpClient(handler) { BaseAddress = server.Address };

        Assert.Equal(Uri.UriSchemeHttps, server.Address.Scheme);
        await client.AskAsync(Requests.Chat, Requests.Sky);
    }

    [Fact]
    public async Task A_collector_gets_the_measures_and_a_trace_of_each_request_through_its_parts()
    {
        // Names stand in OTLP's messages as they are.
        var awaited = new ConcurrentDictionary<string, string[]>
        {
            ["/v1/metrics"] =
            [
                "gen_ai.server.time_to_first_token",
                "gen_ai.server.time_per_output_token",
                "gen_ai.server.request.duration",
                "tandem.requests.running",
                "tandem.stage.busy",
            ],
            ["/v1/traces"] = ["queue", "prompt", "generation", "stage 0", "stage 1", "POST /v1/chat/completions"],
        };
        var missing = awaited.SelectMany(path => path.Value).ToHashSet();
        var hasText = false;
        var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = Collector(
            (path, message) =>
            {
                lock (missing)
                {
                    missing.ExceptWith(awaited[path].Where(name => message.Contains(name, StringComparison.Ordinal)));
                    if (missing.Count == 0)
                    {
                        complete.TrySetResult();
                    }
                    hasText |= message.Contains("colour", StringComparison.Ordinal);
                }
            }
        );
        await collector.StartAsync(Cancellation);
        await using var server = await ServerProcess.StartAsync(
            ["--plan", "pp=2"],
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            }
        );
        await server.Client.AskAsync(Requests.Chat, Requests.Sky);

        try
        {
            await complete.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        }
        catch (TimeoutException)
        {
            Assert.Empty(missing);
        }
        Assert.False(hasText);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Texts_are_logged_where_that_is_asked_for_and_nowhere_else(bool areAsked)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        await using var server = await ServerProcess.StartAsync(areAsked ? ["--log-texts"] : []);
        var whole = await server.Client.AskAsync(Requests.Chat, Requests.Sky);
        await server.Client.StreamAsync(Requests.Chat, Requests.Sky[..^1] + ""","stream":true}""");
        var log = (await server.TerminateAsync()).Error;
        int Count(string text) => log.Split(text).Length - 1;

        var expected = areAsked ? 2 : 0;
        Assert.Equal(expected, Count("What colour is the sky?"));
        Assert.Equal(expected, Count(whole.At("choices")[0].At("message").TextAt("content")!.Trim()));
    }

    [Fact]
    public async Task Workers_that_are_processes_answer_as_threads_do_and_drain_as_they_do()
    {
        OpenMpi.Require();
        await using var threads = await ServerProcess.StartAsync(["--plan", "pp=2"]);
        await using var processes = await ServerProcess.StartAsync(["--plan", "pp=2", "--workers", "processes"]);
        const string Body = """{"prompt":["Once upon a","The sky"],"n":2,"seed":7,"max_tokens":20,"logprobs":1}""";
        var expected = await threads.Client.AskAsync(Requests.Completions, Body);
        var found = await processes.Client.AskAsync(Requests.Completions, Body);
        Assert.Equal(expected.At("choices").GetRawText(), found.At("choices").GetRawText());

        using var running = await processes.Client.PostAsync(
            Requests.Completions,
            """{"prompt":"Once","max_tokens":200,"ignore_eos":true,"stream":true}"""
        );
        var started = OpenMpi.StartedBy(processes.Id);
        processes.Signal("TERM");
        var events = await Requests.EventsAsync(running).ToListAsync(Cancellation);
        Assert.Equal("[DONE]", events[^1]);
        var ended = await processes.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Error);
        await OpenMpi.AllGoneAsync(started);
    }

    // A small one, which reads what comes and says that it is well.
    private static WebApplication Collector(Action<string, string> take)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost(
            "/{**path}",
            async (HttpContext context) =>
            {
                using var message = new MemoryStream();
                await context.Request.Body.CopyToAsync(message, context.RequestAborted);
                take(context.Request.Path, Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length));
                context.Response.ContentType = "application/x-protobuf";
            }
        );
        return collector;
    }
}
