namespace Tandem.Devices.Operations;

/// <summary>
/// Chooses each row's experts: softmax over all, the most likely ones (the lowest number among equals), weights scaled
/// to add up to 1. One tile, for the slots of all rows are sorted together.
/// </summary>
internal sealed unsafe class RouteOperation : Operation
{
    private Tensor? _scores;
    private Routing? _routing;
    private int _rows;

    public void Set(Tensor scores, Routing routing, int rows)
    {
        (_scores, _routing, _rows) = (scores, routing, rows);
        Tiles = 1;
    }

    public override void Run(int first, int end)
    {
        for (var row = 0; row < _rows; row++)
        {
            Choose(_scores!.Read(row), row);
        }
        _routing!.Sort(_rows);
    }

    private void Choose(Span<float> scores, int row)
    {
        var choices = _routing!.Choices.AsSpan(row * _routing.Used, _routing.Used);
        var weights = _routing.Weights.AsSpan(row * _routing.Used, _routing.Used);
        var total = 0f;
        for (var i = 0; i < choices.Length; i++)
        {
            var best = -1;
            for (var expert = 0; expert < scores.Length; expert++)
            {
                if (!choices[..i].Contains(expert) && (best < 0 || scores[expert] > scores[best]))
                {
                    best = expert;
                }
            }
            choices[i] = best;
            // The softmax's own sum cancels when the weights are scaled to add up to 1.
            weights[i] = MathF.Exp(scores[best] - scores[choices[0]]);
            total += weights[i];
        }
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] /= total;
        }
    }
}
