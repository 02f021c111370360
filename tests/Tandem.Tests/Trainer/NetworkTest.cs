using Tandem.Trainer;

namespace Tandem.Tests.Trainer;

public sealed class NetworkTest
{
    private static readonly NetworkShape Tiny = new(
        Vocabulary: 64,
        Width: 64,
        Layers: 2,
        Heads: 2,
        FeedForward: 96,
        Context: 64
    );

    [Fact]
    public void Gradients_of_every_matrix_agree_with_finite_differences()
    {
        var layout = new ParameterLayout(Tiny);
        using var weights = Weights.Random(layout, seed: 1);
        using var network = new Network(Tiny);
        using var workspace = new Workspace(Tiny, rowsMax: 45);
        using var gradients = new FloatBuffer(layout.Length);
        var random = new CountedRandom(seed: 5);
        var batch = RandomBatch(random, starts: [0, 7, 40, 45]);
        _ = Loss(network, weights, batch, workspace);
        network.Backward(weights, batch, workspace, gradients);

        foreach (var matrix in layout.Matrices)
        {
            const float step = 3e-4f;
            var direction = Enumerable.Range(0, matrix.Length).Select(_ => random.Normal()).ToArray();
            var slope = direction.Select((part, i) => (double)part * gradients.Span(matrix.Offset + i, 1)[0]).Sum();
            Shift(weights, matrix, direction, step);
            var above = Loss(network, weights, batch, workspace);
            Shift(weights, matrix, direction, -2 * step);
            var below = Loss(network, weights, batch, workspace);
            Shift(weights, matrix, direction, step);

            Assert.Equal(slope, (above - below) / (2 * step), 1e-3);
        }
    }

    [Fact]
    public void A_document_does_not_see_its_neighbours()
    {
        using var weights = Weights.Random(new ParameterLayout(Tiny), seed: 2);
        using var network = new Network(Tiny);
        using var workspace = new Workspace(Tiny, rowsMax: 60);
        var together = RandomBatch(new CountedRandom(seed: 3), starts: [0, 20, 60]);
        var alone = new Batch(together.Tokens[20..], together.Targets[20..], [0, 40]);

        network.Forward(weights, together, workspace);
        var before = together.Targets[..20].Count(target => target != Batch.NoTarget);
        var among = workspace
            .Logits.Span((long)before * Tiny.Vocabulary, alone.TargetCount * Tiny.Vocabulary)
            .ToArray();
        network.Forward(weights, alone, workspace);

        Assert.Equal(workspace.Logits.Span(0, among.Length).ToArray(), among);
    }

    private static Batch RandomBatch(CountedRandom random, int[] starts)
    {
        var tokens = Enumerable.Range(0, starts[^1]).Select(_ => random.Below(Tiny.Vocabulary));
        var targets = Enumerable
            .Range(0, starts[^1])
            .Select(_ => random.Chance(0.8) ? random.Below(Tiny.Vocabulary) : Batch.NoTarget);
        return new Batch([.. tokens], [.. targets], starts);
    }

    private static double Loss(Network network, Weights weights, Batch batch, Workspace workspace)
    {
        network.Forward(weights, batch, workspace);
        return network.Loss(batch, workspace, 1f / batch.TargetCount) / batch.TargetCount;
    }

    private static void Shift(Weights weights, ParameterLayout.Matrix matrix, float[] direction, float step)
    {
        var values = weights.Values.Span(matrix.Offset, matrix.Length);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] += step * direction[i];
        }
        weights.Transpose();
    }
}
