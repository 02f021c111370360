using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Serving;

/// <summary>The log-probabilities that came with each sequence's tokens, its alternatives included.</summary>
internal sealed class Answers
{
    private readonly Dictionary<Sequence, List<float>> _values = [];

    public IReadOnlyList<float> this[Sequence sequence] => _values[sequence];

    public void Add(ReadOnlySpan<SampledToken> tokens, StepResult result)
    {
        foreach (var token in tokens)
        {
            if (!_values.TryGetValue(token.Sequence, out var values))
            {
                _values.Add(token.Sequence, values = []);
            }
            values.Add(result.LogProbabilities[token.Row]);
            var first = token.Row * result.TopStride;
            values.AddRange(result.TopLogProbabilities.AsSpan(first, result.TopCounts[token.Row]));
        }
    }
}
