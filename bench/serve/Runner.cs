using Tandem.Serving.Simulation;

namespace Tandem.Bench.Serve;

/// <summary>Sends the requests of a load.</summary>
/// <param name="client">Asks.</param>
/// <param name="prompts">Makes the prompts.</param>
/// <param name="time">The clock.</param>
internal sealed class Runner(CompletionClient client, Prompts prompts, TimeProvider time)
{
    private int _asked;

    /// <summary>So many clients ask, each when its last answer has ended.</summary>
    public async Task<Sample[]> ClosedAsync(
        IReadOnlyList<SimulatedRequest> load,
        int clients,
        CancellationToken cancellation
    )
    {
        var samples = new Sample[load.Count];
        var next = -1;
        async Task ClientAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < load.Count; i = Interlocked.Increment(ref next))
            {
                samples[i] = await AskAsync(load[i], cancellation);
            }
        }
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(ClientAsync, cancellation)));
        return samples;
    }

    /// <summary>All requests at once, and once each has its first token, one more with a long prompt, which comes last in what is given.</summary>
    public async Task<Sample[]> WithLongPromptAsync(
        IReadOnlyList<SimulatedRequest> load,
        int longPrompt,
        CancellationToken cancellation
    )
    {
        var begun = load.Select(_ => new TaskCompletionSource()).ToArray();
        var asked = load.Zip(begun, (request, begins) => AskAsync(request, cancellation, begins)).ToList();
        await Task.WhenAll(begun.Select(begins => begins.Task));
        asked.Add(AskAsync(new SimulatedRequest(0, longPrompt, 1), cancellation));
        return await Task.WhenAll(asked);
    }

    /// <summary>Requests are sent when their time has come, however many are under way: nobody waits for an answer before asking.</summary>
    public async Task<Sample[]> OpenAsync(IReadOnlyList<SimulatedRequest> load, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var samples = new List<Task<Sample>>();
        foreach (var request in load)
        {
            var wait = TimeSpan.FromSeconds(request.AtSeconds) - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellation);
            }
            samples.Add(Task.Run(() => AskAsync(request, cancellation), cancellation));
        }
        return await Task.WhenAll(samples);
    }

    private Task<Sample> AskAsync(
        SimulatedRequest request,
        CancellationToken cancellation,
        TaskCompletionSource? begun = null
    ) =>
        client.AskAsync(
            prompts.Of(Interlocked.Increment(ref _asked), request.PromptTokens),
            request.AnswerTokens,
            cancellation,
            begun
        );
}
