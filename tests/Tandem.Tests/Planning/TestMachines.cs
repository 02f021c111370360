using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;

namespace Tandem.Tests.Planning;

/// <summary>Models and machines that tests plan for, with round figures.</summary>
internal static class TestMachines
{
    /// <summary>A model of equal layers in about the shape of tinyllama.</summary>
    public static ModelCost Model(int layers = 22, int width = 2048, int heads = 32, int feedForward = 5632)
    {
        MatrixCost Matrix(string name, long weights, MatrixCut cut) =>
            new()
            {
                Name = name,
                Format = "Q4_0",
                Weights = weights,
                ExpertBytes = weights * 18 / 32,
                Cut = cut,
            };
        var blocks = Enumerable
            .Range(0, layers)
            .Select(layer => new BlockCost
            {
                Layer = layer,
                Window = 0,
                Matrices =
                [
                    Matrix("attn_q", (long)width * width, MatrixCut.HeadOutputs),
                    Matrix("attn_k", (long)width * width / 4, MatrixCut.HeadOutputs),
                    Matrix("attn_v", (long)width * width / 4, MatrixCut.HeadOutputs),
                    Matrix("attn_output", (long)width * width, MatrixCut.HeadInputs),
                    Matrix("ffn_gate", (long)width * feedForward, MatrixCut.FeedForward),
                    Matrix("ffn_up", (long)width * feedForward, MatrixCut.FeedForward),
                    Matrix("ffn_down", (long)width * feedForward, MatrixCut.FeedForward),
                ],
            });
        const int Vocabulary = 32000;
        return new ModelCost
        {
            Source = "model.gguf",
            Width = width,
            QueryHeads = heads,
            KeyValueHeads = heads / 4,
            HeadSize = width / heads,
            FeedForward = feedForward,
            FeedForwardRows = feedForward,
            Vocabulary = Vocabulary,
            Context = 4096,
            Blocks = [.. blocks],
            Head = Matrix("output", (long)width * Vocabulary, MatrixCut.Vocabulary),
            EmbeddingBytes = (long)width * Vocabulary * 18 / 32,
        };
    }

    /// <summary>A machine whose cores read 25 GB/s each and a hundred together.</summary>
    public static MachineProfile Machine(int units = 2, double memoryGigabytes = 16, double slowdown = 1) =>
        new()
        {
            Name = "cpu",
            Units = units,
            MemoryBytes = (long)(memoryGigabytes * 1e9),
            Slowdown = slowdown,
            BandwidthGBs = units == 1 ? [new(1, 25)] : [new(1, 25), new(units, Math.Min(25.0 * units, 100))],
            GigaMultiplyAdds = 150,
            AttentionGigaMultiplyAdds = [new(1, 5), new(64, 30)],
            StepMicroseconds = 50,
            BlockMicroseconds = units == 1 ? [new(1, 3)] : [new(1, 3), new(units, 12)],
            NumberNanoseconds = 0.2,
            ThreadSums = units == 1 ? [] : [new CollectiveCost(units, new LinkCost(2, 10))],
            Handover = new LinkCost(5, 20),
        };

    /// <summary>A profile of some machines.</summary>
    public static HardwareProfile Profile(params MachineProfile[] machines) =>
        new()
        {
            Version = HardwareProfile.CurrentVersion,
            Name = "test",
            Machines = machines,
            Network = machines.Sum(machine => machine.Count) > 1 ? new LinkCost(20, 1.25) : null,
        };
}
