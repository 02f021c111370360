using Tandem.Plans;

namespace Tandem.Tests.Serving;

/// <summary>The documented steps as plainly as they can be written: sorted lists and double precision.</summary>
internal static class ReferenceSampler
{
    // In single precision like the sampler's, as which logits are equal depends on it.
    public static double[] Penalised(float[] logits, SamplingParameters parameters, int[] history, int promptLength)
    {
        var changed = logits.ToArray();
        foreach (var (id, bias) in parameters.LogitBias)
        {
            changed[id] += bias;
        }
        var window = parameters.PenaltyWindow < 0 ? history : history.TakeLast(parameters.PenaltyWindow);
        foreach (var id in window.Distinct())
        {
            changed[id] =
                changed[id] > 0
                    ? changed[id] / parameters.RepetitionPenalty
                    : changed[id] * parameters.RepetitionPenalty;
        }
        foreach (var group in history.Skip(promptLength).GroupBy(id => id))
        {
            changed[group.Key] -= parameters.PresencePenalty + parameters.FrequencyPenalty * group.Count();
        }
        return [.. changed.Select(logit => (double)logit)];
    }

    public static (int Id, double LogProbability)[] LogProbabilities(double[] logits)
    {
        var largest = logits.Max();
        var logOfSum = largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
        // Sorted before the sum is taken off, which rounds tiny differences away.
        var order = logits
            .Select((logit, id) => (Id: id, Logit: logit))
            .OrderByDescending(entry => entry.Logit)
            .ThenBy(entry => entry.Id);
        return [.. order.Select(entry => (entry.Id, entry.Logit - logOfSum))];
    }

    /// <summary>The kept tokens by rising id with their probabilities.</summary>
    public static (int Id, double Probability)[] Distribution(double[] logits, SamplingParameters parameters)
    {
        var scaled = logits.Select(logit => logit / parameters.Temperature).ToArray();
        var kept = LogProbabilities(scaled)
            .Select(entry => (entry.Id, Weight: Math.Exp(entry.LogProbability)))
            .ToList();
        if (parameters.TopK > 0)
        {
            kept = [.. kept.Take(parameters.TopK)];
        }
        var target = parameters.TopP * kept.Sum(entry => entry.Weight);
        if (parameters.TopP < 1)
        {
            var (count, sum) = (0, 0.0);
            do
            {
                sum += kept[count++].Weight;
            } while (sum < target && count < kept.Count);
            kept = [.. kept.Take(count)];
        }
        kept = [.. kept.Where(entry => entry.Weight >= parameters.MinP * kept[0].Weight)];
        var mass = kept.Sum(entry => entry.Weight);
        return [.. kept.OrderBy(entry => entry.Id).Select(entry => (entry.Id, entry.Weight / mass))];
    }

    /// <summary>Whether the uniform number falls into the token's share, or within the tolerance of it.</summary>
    public static bool Chooses(
        (int Id, double Probability)[] distribution,
        int chosen,
        double uniform,
        double tolerance
    )
    {
        var sum = 0.0;
        foreach (var (id, probability) in distribution)
        {
            if (id == chosen)
            {
                return sum - tolerance <= uniform && uniform <= sum + probability + tolerance;
            }
            sum += probability;
        }
        return false;
    }
}
