using Tandem.Loading;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Loading;

namespace Tandem.Tests.Serving;

/// <summary>The collector stops all threads of a process, so nothing else may run in it.</summary>
[Collection(nameof(AloneInTheProcess))]
public class CollectionPauseTest
{
    private const int Collections = 51;
    private const int Length = 2_000;
    private const double PauseMsMax = 2;

    // The youngest generation alone: how long the test runner's own objects take to mark says nothing about kernels. One thread
    // computes, so that there is a processor left for who collects; and the median counts, since others may want that one too.
    [Fact]
    public async Task A_forced_collection_during_a_long_prompt_pauses_for_less_than_two_milliseconds()
    {
        using var folder = new TemporaryFolder();
        Synth.Write(folder["tiny.gguf"], "tiny", "Q4_0", seed: 3);
        await using var engine = await Engine.LoadAsync(
            new EngineOptions
            {
                Model = folder["tiny.gguf"],
                Threads = 1,
                Context = Length + 1,
                SequencesMax = 1,
                PrefixCache = false,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        using var enough = new CancellationTokenSource();
        var reading = Task.Run(() => ReadPromptsAsync(engine, enough.Token), CancellationToken.None);
        var pausesMs = new List<double>();
        while (pausesMs.Count < Collections && !reading.IsCompleted)
        {
            var running = engine.Statistics.Running;
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            var pause = GC.GetGCMemoryInfo(GCKind.Any).PauseDurations[0].TotalMilliseconds;
            if (running > 0)
            {
                pausesMs.Add(pause);
            }
        }
        await enough.CancelAsync();
        await reading;
        var median = pausesMs.Order().ElementAt(Collections / 2);
        Assert.True(median < PauseMsMax, $"the median of {Collections} collections paused for {median} ms");
    }

    private static async Task ReadPromptsAsync(Engine engine, CancellationToken cancellation)
    {
        var request = new GenerationRequest
        {
            Prompt = [.. Enumerable.Range(0, Length).Select(i => 1 + i % 500)],
            Sampling = SamplingParameters.Greedy,
            MaxTokens = 1,
            IgnoreEos = true,
        };
        while (!cancellation.IsCancellationRequested)
        {
            await foreach (var _ in engine.GenerateAsync(request, CancellationToken.None)) { }
        }
    }
}
