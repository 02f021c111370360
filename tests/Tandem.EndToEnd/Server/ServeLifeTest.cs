using System.Net;

namespace Tandem.EndToEnd.Server;

/// <summary>How a server begins and ends.</summary>
public sealed class ServeLifeTest
{
    // More than a connection's buffers hold: it runs until it is read.
    private const string Long =
        """{"prompt":"Once","n":8,"logprobs":20,"max_tokens":100000,"ignore_eos":true,"stream":true}""";

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
}
