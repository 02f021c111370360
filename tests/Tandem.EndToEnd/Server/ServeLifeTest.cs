using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Tandem.EndToEnd.Server;

/// <summary>How a server begins and ends.</summary>
public sealed class ServeLifeTest
{
    // More than a connection's buffers hold: it runs until it is read.
    private const string Long =
        """{"prompt":["Once","Upon"],"n":16,"logprobs":20,"max_tokens":100000,"ignore_eos":true,"stream":true}""";

    // Thousands of tokens, one answer after the other where one runs at a time.
    private const string Slow = """{"prompt":"Once","n":16,"max_tokens":100000,"ignore_eos":true}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_runs_is_answered_to_its_end_after_SIGTERM_and_no_new_one_is_taken()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        await using var server = await ServerProcess.StartAsync();
        using var running = await server.Client.PostAsync(Requests.Completions, Long);
        server.Signal("TERM");
        using (var other = server.NewClient())
        {
            while ((await other.GetAsync("/ready", Cancellation)).StatusCode != HttpStatusCode.ServiceUnavailable) { }
            var error = await other.FailAsync(Requests.Completions, Long, HttpStatusCode.ServiceUnavailable);
            Assert.Equal("shutting_down", error.TextAt("code"));
        }

        var events = await Requests.EventsAsync(running).ToListAsync(Cancellation);
        Assert.Equal("[DONE]", events[^1]);
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_second_SIGTERM_ends_it_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        await using var server = await ServerProcess.StartAsync(["--drain-timeout", "10m"]);
        using var running = await server.Client.PostAsync(Requests.Completions, Long);
        server.Signal("TERM");
        using (var other = server.NewClient())
        {
            while ((await other.GetAsync("/ready", Cancellation)).StatusCode != HttpStatusCode.ServiceUnavailable) { }
        }
        Assert.Equal(128 + 15, (await server.TerminateAsync()).ExitCode);
    }

    [Fact]
    public async Task What_still_runs_when_the_drain_is_over_ends_with_an_error_in_its_stream()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        await using var server = await ServerProcess.StartAsync(["--drain-timeout", "50ms"]);
        using var running = await server.Client.PostAsync(Requests.Completions, Long);
        server.Signal("TERM");
        var events = await Requests.EventsAsync(running).ToListAsync(Cancellation);

        Assert.Contains("shutting_down", events[^1], StringComparison.Ordinal);
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_client_that_leaves_or_does_not_read_ends_its_request_and_no_other()
    {
        await using var server = await ServerProcess.StartAsync([
            "--reader-timeout",
            "200ms",
            "--drain-timeout",
            "10m",
        ]);
        using (var leaver = server.NewClient())
        {
            using var left = await leaver.PostAsync(Requests.Completions, Long);
        }
        using var unread = await server.Client.PostAsync(Requests.Completions, Long);
        using var other = server.NewClient();
        await other.AskAsync(Requests.Chat, Requests.Sky);
        // It would wait for both.
        var ended = await server.TerminateAsync();
        Assert.Equal(0, ended.ExitCode);
        // What was made until then is told: both had begun.
        Assert.Equal(2, CutShort(499).Count(ended.Error));
        Assert.DoesNotContain("Once", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_would_wait_beyond_the_bound_gets_429()
    {
        await using var server = await ServerProcess.StartAsync(["--sequences", "1", "--max-queue", "1"]);
        // One of its answers runs, and all others wait.
        using var running = await server.Client.PostAsync(Requests.Completions, Long);
        using var other = server.NewClient();
        using var refused = await other.PostAsync(Requests.Completions, Slow);

        Assert.Equal("queue_full", (await refused.ErrorAsync(HttpStatusCode.TooManyRequests)).TextAt("code"));
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_request_that_waits_too_long_gets_503()
    {
        await using var server = await ServerProcess.StartAsync(["--sequences", "1", "--queue-timeout", "1ms"]);

        var error = await server.Client.FailAsync(Requests.Completions, Slow, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("queue_timeout", error.TextAt("code"));
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_a_504_or_an_error_in_its_stream_which_is_counted_and_logged_as_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal");
        await using var server = await ServerProcess.StartAsync(["--request-timeout", "300ms"]);

        var error = await server.Client.FailAsync(Requests.Completions, Slow, HttpStatusCode.GatewayTimeout);
        Assert.Equal("request_timeout", error.TextAt("code"));

        // On a busy machine none of it may have come when its time is over.
        var late = 1;
        var status = HttpStatusCode.GatewayTimeout;
        while (status != HttpStatusCode.OK)
        {
            using var stream = await server.Client.PostAsync(Requests.Completions, Long);
            status = stream.StatusCode;
            var rest = await stream.Content.ReadAsStringAsync(Cancellation);
            Assert.Contains("request_timeout", rest, StringComparison.Ordinal);
            late++;
        }
        var metrics = await server.Client.GetStringAsync("/metrics", Cancellation);
        Assert.Matches("(?m)^tandem_tokens_generated_total\\{[^}]*\\} [1-9]", metrics);
        Assert.Contains(
            metrics.Split('\n'),
            line =>
                line.StartsWith("gen_ai_server_request_duration_seconds_count", StringComparison.Ordinal)
                && line.Contains("error_type=\"504\"", StringComparison.Ordinal)
                && line.EndsWith($" {late}", StringComparison.Ordinal)
        );
        var log = (await server.TerminateAsync()).Error;
        Assert.Equal(
            late,
            log.Split('\n').Count(line => line.Contains("/v1/completions 504 in", StringComparison.Ordinal))
        );
        Assert.Matches(CutShort(504), log);
    }

    [Fact]
    public async Task A_model_whose_name_has_a_slash_is_found_by_it()
    {
        await using var server = await ServerProcess.StartAsync(["--alias", "our/small"]);

        foreach (var path in (string[])["/v1/models/our/small", "/v1/models/our%2Fsmall"])
        {
            using var one = await server.Client.GetAsync(path, Cancellation);
            Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        }
    }

    [Fact]
    public async Task Settings_come_from_appsettings_and_the_environment_and_the_command_line_counts_most()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder["appsettings.json"],
            """{"Tandem":{"Alias":"file","Limits":"n=2","Sequences":3},"Kestrel":{"Limits":{"MaxRequestBodySize":1000}}}"""
        );
        await using var server = await ServerProcess.StartAsync(
            ["--alias", "line"],
            new Dictionary<string, string> { ["TANDEM__LIMITS"] = "n=3" },
            folder.Path
        );

        Assert.Contains("serves line,", server.Line, StringComparison.Ordinal);
        await server.Client.AskAsync(Requests.Completions, """{"prompt":"a","max_tokens":1,"n":3}""");
        await server.Client.FailAsync(
            Requests.Completions,
            """{"prompt":"a","max_tokens":1,"n":4}""",
            HttpStatusCode.BadRequest
        );
        await server.Client.FailAsync(
            Requests.Completions,
            $$"""{"prompt":"{{new string('a', 1000)}}"}""",
            HttpStatusCode.RequestEntityTooLarge
        );
    }

    [Theory]
    [InlineData(
        "Tandem__Colour",
        "red",
        "the configuration has Tandem:Colour, which is no option; see 'tandem serve --help'"
    )]
    [InlineData("Tandem__LogTexts", "red", "Tandem:LogTexts: found 'red', expected true or false")]
    [InlineData("Tandem__ApiKeyFile", "/nowhere", "/nowhere: cannot be read: Could not find file '/nowhere'.")]
    public async Task A_setting_that_makes_no_sense_is_told_on_one_line(string name, string value, string message)
    {
        using var process = TandemProcess.Start(
            ["serve", "--port", "0"],
            new Dictionary<string, string> { [name] = value }
        );

        (await process.EndAsync()).IsInputError(message);
    }

    [Fact]
    public async Task Settings_that_are_no_JSON_are_told_with_their_place()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["appsettings.json"], "{\n bad }");
        using var process = TandemProcess.Start(["serve", "--port", "0"], folder: folder.Path);

        var ended = await process.EndAsync();
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("LineNumber: 1", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1, ended.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told_on_one_line()
    {
        await using var server = await ServerProcess.StartAsync();
        var ended = await TandemProcess.RunAsync([
            "serve",
            "--port",
            server.Address.Port.ToString(CultureInfo.InvariantCulture),
        ]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.StartsWith("tandem: cannot listen: ", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1, ended.Error.Count(letter => letter == '\n'));
    }

    // A line of the log of a request that was cut short after tokens were made.
    private static Regex CutShort(int status) =>
        new($"/v1/completions {status} in [0-9]+ ms, [0-9]+ tokens in, [1-9][0-9]* out");
}
