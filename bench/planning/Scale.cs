using System.Diagnostics;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving.Simulation;

namespace Tandem.Bench.Planning;

/// <summary>How long planning for many devices and simulating many requests take.</summary>
internal static class Scale
{
    public static void Print()
    {
        var model = Model(100);
        foreach (var count in new[] { 64, 1000 })
        {
            var profile = Devices(count);
            var start = TimeProvider.System.GetTimestamp();
            var choice = PlanSearch.Choose(
                model,
                profile,
                new Workload { Concurrency = 64, Goal = PlanGoal.Throughput }
            );
            Console.WriteLine(
                $"100 layers on {count} devices: {Seconds(start):f2} s, {choice.Considered} plans, {choice.Chosen.Request}; {Megabytes():f0} MB at most"
            );
        }
        var load = SimulatedLoad.Poisson(10_000, 20, 128, 64, 1);
        var begin = TimeProvider.System.GetTimestamp();
        var result = Simulator.Run(
            Model(22),
            Devices(2),
            PlanRequest.Parse("dp=2"),
            512,
            load,
            new SimulationOptions()
        );
        Console.WriteLine(
            $"10,000 requests: {Seconds(begin):f2} s for {result.Seconds:f0} simulated ones; {Megabytes():f0} MB at most"
        );
    }

    private static double Seconds(long start) => TimeProvider.System.GetElapsedTime(start).TotalSeconds;

    private static double Megabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    private static HardwareProfile Devices(int count) =>
        new()
        {
            Version = HardwareProfile.CurrentVersion,
            Name = "devices",
            Network = new LinkCost(10, 12),
            Machines =
            [
                new MachineProfile
                {
                    Name = "device",
                    Count = count,
                    Units = 1,
                    MemoryBytes = 24L << 30,
                    BandwidthGBs = [new(1, 800)],
                    GigaMultiplyAdds = 50_000,
                    AttentionGigaMultiplyAdds = [new(1, 500), new(64, 20_000)],
                    StepMicroseconds = 50,
                    BlockMicroseconds = [new(1, 10)],
                    NumberNanoseconds = 0.001,
                    ThreadSums = [],
                    Handover = new LinkCost(5, 100),
                },
            ],
        };

    private static ModelCost Model(int layers)
    {
        const int Width = 4096;
        const int FeedForward = 14336;
        const int Vocabulary = 128_256;
        static MatrixCost Matrix(string name, long weights, MatrixCut cut) =>
            new()
            {
                Name = name,
                Format = "Q4_0",
                Weights = weights,
                ExpertBytes = weights * 18 / 32,
                Cut = cut,
            };
        return new ModelCost
        {
            Source = $"{layers} layers",
            Width = Width,
            QueryHeads = 32,
            KeyValueHeads = 8,
            HeadSize = 128,
            FeedForward = FeedForward,
            FeedForwardRows = FeedForward,
            Vocabulary = Vocabulary,
            Context = 8192,
            Head = Matrix("output", (long)Width * Vocabulary, MatrixCut.Vocabulary),
            EmbeddingBytes = (long)Width * Vocabulary * 18 / 32,
            Blocks =
            [
                .. Enumerable
                    .Range(0, layers)
                    .Select(layer => new BlockCost
                    {
                        Layer = layer,
                        Window = 0,
                        Matrices =
                        [
                            Matrix("attn_qkv", Width * 6144L, MatrixCut.HeadOutputs),
                            Matrix("attn_output", (long)Width * Width, MatrixCut.HeadInputs),
                            Matrix("ffn_up", 2L * Width * FeedForward, MatrixCut.FeedForward),
                            Matrix("ffn_down", (long)Width * FeedForward, MatrixCut.FeedForward),
                        ],
                    }),
            ],
        };
    }
}
