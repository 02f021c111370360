using System.Diagnostics;
using System.Globalization;
using Tandem.Kernels;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// Chooses tokens from logits, in the order of steps that <see cref="SamplingParameters"/> documents. A choice is a pure
/// function of the row, the parameters and the history; all buffers exist from construction on, and nothing is allocated
/// while sampling. Among equal logits the lowest id comes first, in every step.
/// </summary>
internal sealed class Sampler
{
    private readonly int _vocabulary;
    private readonly Penalties _penalties;
    private readonly float[] _blockMaxima;
    private readonly int[] _ids;
    private readonly float[] _values;
    private readonly float[] _weights;

    /// <summary>A sampler for rows of so many logits.</summary>
    public Sampler(int vocabulary)
    {
        _vocabulary = vocabulary;
        _penalties = new Penalties(vocabulary);
        _blockMaxima = new float[LogitRow.Blocks(vocabulary)];
        _ids = new int[vocabulary];
        _values = new float[vocabulary];
        _weights = new float[vocabulary];
    }

    /// <summary>Samples every row of a step that asks for it, but those behind a wrong guess, whose token becomes −1.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="log">The tokens behind the cache, those of this step included.</param>
    /// <param name="logits">[sampled rows, stride] in the order of the plan's segments and rows; changed in place.</param>
    /// <param name="stride">Logits from a row to the next, at least the vocabulary.</param>
    /// <param name="result">Gets id, count, tokens and log-probabilities.</param>
    /// <exception cref="InputException">A row holds NaN or infinity.</exception>
    public void Sample(StepPlan plan, TokenLog log, Span<float> logits, int stride, StepResult result)
    {
        var sampled = 0;
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            var right = true;
            for (var row = segment.Rows - segment.SampledRows; row < segment.Rows; row++)
            {
                if (right)
                {
                    var history = log.Before(plan, segment, row);
                    Sample(logits.Slice(sampled * stride, _vocabulary), segment.Sampling, history, result, sampled);
                    right =
                        row + 1 == segment.Rows
                        || result.TokenIds[sampled] == plan.TokenIds[segment.FirstRow + row + 1];
                }
                else
                {
                    (result.TokenIds[sampled], result.TopCounts[sampled]) = (-1, 0);
                }
                sampled++;
            }
        }
        result.Id = plan.Id;
        result.Count = sampled;
    }

    /// <summary>Chooses the token that follows a history.</summary>
    /// <param name="logits">One row, [vocabulary]; changed in place by bias and penalties.</param>
    /// <param name="parameters">How to choose.</param>
    /// <param name="history">The sequence's tokens so far.</param>
    /// <param name="result">Where the choice goes.</param>
    /// <param name="row">Its row there.</param>
    /// <exception cref="InputException">The row holds NaN or infinity.</exception>
    public void Sample(
        Span<float> logits,
        SamplingParameters parameters,
        TokenHistory history,
        StepResult result,
        int row
    )
    {
        Debug.Assert(logits.Length == _vocabulary, "one row of logits has the length of the vocabulary");
        _penalties.Apply(logits, parameters, history);
        var largest = LogitRow.Maxima(logits, _blockMaxima);
        if (!float.IsFinite(largest))
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the logits at position {history.Length} go up to {largest}, expected finite numbers: the model's weights are broken"
                )
            );
        }
        var id = parameters.IsGreedy
            ? LogitRow.FirstOf(logits, _blockMaxima, largest)
            : Draw(logits, largest, parameters, Philox.Uniform(parameters.Seed, history.Length));
        var generated = history.Length - history.PromptLength;
        result.TokenIds[row] = generated < parameters.Replay.Count ? parameters.Replay[generated] : id;
        result.TopCounts[row] = 0;
        if (parameters.TopLogProbabilities >= 0)
        {
            ReadLogProbabilities(logits, largest, parameters.TopLogProbabilities, result, row);
        }
    }

    private int Draw(ReadOnlySpan<float> logits, float largest, SamplingParameters parameters, double uniform)
    {
        var scale = 1 / parameters.Temperature;
        var topK = parameters.TopK is var k && k > 0 && k < _vocabulary ? k : _vocabulary;
        var cutsK = topK < _vocabulary;
        var mass = cutsK || parameters.TopP >= 1 ? 0 : LogitRow.SumOfExponentials(logits, largest, scale);
        var bound = cutsK ? BoundOfLargest(topK) : BoundOfMass(largest, scale, parameters, mass);
        var count = LogitRow.Collect(logits, _blockMaxima, bound, _ids, _values);
        if (cutsK)
        {
            count = Keep(count, Cut.ByCount(_values.AsSpan(0, count), topK), byMass: false);
        }
        LogitRow.Exponentials(_values.AsSpan(0, count), largest, scale, _weights);
        if (parameters.TopP < 1)
        {
            mass = cutsK ? Sum(count) : mass;
            var cut = Cut.ByMass(_values.AsSpan(0, count), _weights.AsSpan(0, count), parameters.TopP * mass);
            count = Keep(count, cut, byMass: true);
        }
        return Choose(DropBelow(count, parameters.MinP), uniform);
    }

    // A bound that surely lets the k largest through: k blocks have a maximum of at least that.
    private float BoundOfLargest(int k) =>
        k <= _blockMaxima.Length ? Cut.ByCount(_blockMaxima, k).Value : float.NegativeInfinity;

    // Without top-k, two bounds that surely let through what top-p and min-p keep. Min-p says its own. For top-p: what is
    // less likely than (1 − p) / vocabulary adds up to less than 1 − p, so the rest is enough. The margin is for
    // rounding; the exact cuts come after.
    private float BoundOfMass(float largest, float scale, SamplingParameters parameters, double mass)
    {
        const double Margin = 0.999;
        var weightMin = parameters.TopP < 1 ? (1 - parameters.TopP) * mass / _vocabulary : 0;
        weightMin = Math.Max(weightMin, parameters.MinP) * Margin;
        return weightMin > 0 ? largest + (float)(Math.Log(weightMin) / scale) : float.NegativeInfinity;
    }

    private int Keep(int count, Cut cut, bool byMass)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (cut.Keeps(_values[i], byMass ? _weights[i] : 1))
            {
                (_ids[kept], _values[kept], _weights[kept]) = (_ids[i], _values[i], _weights[i]);
                kept++;
            }
        }
        return kept;
    }

    // The most likely token weighs exactly 1, so min-p is a bound on weights.
    private int DropBelow(int count, float minP)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (_weights[i] >= minP)
            {
                (_ids[kept], _weights[kept]) = (_ids[i], _weights[i]);
                kept++;
            }
        }
        return kept;
    }

    private double Sum(int count)
    {
        var sum = 0.0;
        foreach (var weight in _weights.AsSpan(0, count))
        {
            sum += weight;
        }
        return sum;
    }

    // Walks the kept tokens by rising id until their weights exceed the drawn share; a token of weight 0 is never chosen.
    private int Choose(int count, double uniform)
    {
        var target = uniform * Sum(count);
        var (sum, chosen) = (0.0, 0);
        for (var i = 0; i < count && sum <= target; i++)
        {
            sum += _weights[i];
            chosen = _weights[i] > 0 ? i : chosen;
        }
        return _ids[chosen];
    }

    private void ReadLogProbabilities(
        ReadOnlySpan<float> logits,
        float largest,
        int topCount,
        StepResult result,
        int row
    )
    {
        var logOfSum = largest + Math.Log(LogitRow.SumOfExponentials(logits, largest, 1));
        result.LogProbabilities[row] = (float)(logits[result.TokenIds[row]] - logOfSum);
        topCount = Math.Min(topCount, Math.Min(result.TopStride, _vocabulary));
        result.TopCounts[row] = topCount;
        if (topCount == 0)
        {
            return;
        }
        var count = LogitRow.Collect(logits, _blockMaxima, BoundOfLargest(topCount), _ids, _values);
        count = Keep(count, Cut.ByCount(_values.AsSpan(0, count), topCount), byMass: false);
        SortByFallingValue(count);
        for (var i = 0; i < count; i++)
        {
            result.TopIds[row * result.TopStride + i] = _ids[i];
            result.TopLogProbabilities[row * result.TopStride + i] = (float)(_values[i] - logOfSum);
        }
    }

    // Insertion, which is stable (equal values stay by rising id); a few dozen entries at most.
    private void SortByFallingValue(int count)
    {
        for (var i = 1; i < count; i++)
        {
            var (id, value) = (_ids[i], _values[i]);
            var at = i;
            for (; at > 0 && _values[at - 1] < value; at--)
            {
                (_ids[at], _values[at]) = (_ids[at - 1], _values[at - 1]);
            }
            (_ids[at], _values[at]) = (id, value);
        }
    }
}
