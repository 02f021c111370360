using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tandem.EndToEnd.Server;

/// <summary>What no client means to send: it gets a 4xx, or a closed connection, and the server goes on.</summary>
public sealed class ServeHostileTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int Seed = 20260711;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bodies_with_a_few_wrong_bytes_are_answered_or_refused_and_never_a_server_error()
    {
        var random = new Random(Seed);
        string[] paths = [Requests.Chat, Requests.Completions, "/v1/embeddings", "/tokenize", "/detokenize"];
        string[] bodies =
        [
            Requests.Sky[..^1]
                + ""","max_tokens":2,"n":1,"stop":["x"],"logit_bias":{"5":1},"top_logprobs":2,"logprobs":true}""",
            """{"prompt":["Once",[5,6]],"max_tokens":2,"stream":true,"seed":-1,"echo":true,"top_p":0.5}""",
            """{"input":["a",[1,2]],"encoding_format":"base64","dimensions":null}""",
            """{"content":"a b","with_pieces":true,"tokens":[5,6,7]}""",
        ];
        for (var i = 0; i < 400; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(bodies[random.Next(bodies.Length)]);
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            using var response = await shared.Client.PostAsync(paths[random.Next(paths.Length)], content, Cancellation);
            await response.Content.ReadAsByteArrayAsync(Cancellation);

            Assert.True((int)response.StatusCode < 500, $"seed {Seed}, body {i}: {Encoding.Latin1.GetString(bytes)}");
        }
        await IsAliveAsync();
    }

    [Theory]
    [InlineData("""{"prompt":"a","max_tokens":1e400}""")]
    [InlineData("""{"prompt":"a","max_tokens":-1}""")]
    [InlineData("""{"prompt":"a","max_tokens":99999999999999999999}""")]
    [InlineData("""{"prompt":"a","temperature":1e39}""")]
    [InlineData("""{"prompt":"a","seed":1.5}""")]
    [InlineData("""{"prompt":"a","prompt":"b"}""")]
    [InlineData("""{"prompt":"\ud800"}""")]
    [InlineData("""[]""")]
    [InlineData("")]
    public async Task Absurd_numbers_and_texts_are_a_400(string body) =>
        await shared.Client.FailAsync(Requests.Completions, body, HttpStatusCode.BadRequest);

    [Fact]
    public async Task A_body_that_is_deeper_than_any_request_is_a_400() =>
        await shared.Client.FailAsync(Requests.Completions, new string('[', 100_000), HttpStatusCode.BadRequest);

    [Theory]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n")]
    [InlineData(
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    )]
    public async Task What_is_no_HTTP_gets_a_4xx_or_nothing(string bytes)
    {
        var answer = await SendRawAsync(Encoding.Latin1.GetBytes(bytes));

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
        await IsAliveAsync();
    }

    [Fact]
    public async Task A_header_without_end_is_refused()
    {
        var head = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + new string('x', 100_000) + "\r\n\r\n";
        var answer = await SendRawAsync(Encoding.Latin1.GetBytes(head));

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 431", StringComparison.Ordinal), answer);
        await IsAliveAsync();
    }

    [Fact]
    public async Task Garbage_behind_a_request_does_not_spoil_its_answer()
    {
        var body = """{"prompt":"a","max_tokens":1}""";
        var length = body.Length.ToString(CultureInfo.InvariantCulture);
        var answer = await SendRawAsync(
            Encoding.Latin1.GetBytes(
                $"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}\u0001\u0002garbage\r\n\r\n"
            ),
            isAll: false
        );

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        await IsAliveAsync();
    }

    [Fact]
    public async Task Bytes_at_random_never_end_it()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 40; i++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            await SendRawAsync(bytes);
        }
        await IsAliveAsync();
    }

    // Whatever comes until the server ends it, as it does where nothing more follows, and where it understands no more.
    private async Task<string> SendRawAsync(byte[] bytes, bool isAll = true)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(shared.Server.Address.Host, shared.Server.Address.Port, Cancellation);
        try
        {
            await using var stream = client.GetStream();
            await stream.WriteAsync(bytes, Cancellation);
            if (isAll)
            {
                client.Client.Shutdown(SocketShutdown.Send);
            }
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return await reader.ReadToEndAsync(Cancellation);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private async Task IsAliveAsync() =>
        Assert.Equal("ready\n", await shared.Client.GetStringAsync("/ready", Cancellation));
}
