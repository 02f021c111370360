using Tandem.Cli.Commands;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.EndToEnd;

public class BenchmarkTest
{
    [Fact]
    public async Task A_repetition_leaves_nothing_running_that_the_next_one_would_wait_for()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var options = new EngineOptions
        {
            Plan = new PlanRequest(),
            Context = 512,
            PrefixCache = false,
        };
        await using var engine = await Engine.LoadAsync(options, null, cancellation);
        var benchmark = new Benchmark(engine, sequences: 3, replay: null, TimeProvider.System);
        await benchmark.WarmUpAsync(prompt: 16, generate: 2, depth: 0, cancellation);
        for (var repetition = 0; repetition < 20; repetition++)
        {
            await benchmark.RunAsync(prompt: 16, generate: 2, depth: 300, cancellation);
            var statistics = engine.Statistics;
            Assert.Equal((0, 0, 0), (statistics.Running, statistics.Waiting, statistics.CacheUsage));
        }
    }
}
