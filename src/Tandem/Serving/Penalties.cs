using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// Changes logits by what a sequence has said before. The work is proportional to the history that a penalty looks at, not
/// to the vocabulary, and the only state is a table of counts that is all zero between calls.
/// </summary>
/// <param name="vocabulary">Number of token ids.</param>
internal sealed class Penalties(int vocabulary)
{
    private readonly int[] _counts = new int[vocabulary];

    /// <summary>Adds the logit biases, then applies the repetition, presence and frequency penalties, in this order.</summary>
    /// <param name="logits">One row, [vocabulary]; changed in place.</param>
    /// <param name="parameters">The sequence's sampling parameters.</param>
    /// <param name="history">The sequence's tokens so far.</param>
    public void Apply(Span<float> logits, SamplingParameters parameters, TokenHistory history)
    {
        var biases = parameters.LogitBias;
        for (var i = 0; i < biases.Count; i++)
        {
            logits[biases[i].Key] += biases[i].Value;
        }
        if (parameters.RepetitionPenalty != 1)
        {
            Repetition(logits, parameters, history);
        }
        if (parameters.PresencePenalty != 0 || parameters.FrequencyPenalty != 0)
        {
            PresenceAndFrequency(logits, parameters, history);
        }
    }

    // Each token of the window once, however often it occurs (Keskar et al.: "CTRL", 2019).
    private void Repetition(Span<float> logits, SamplingParameters parameters, TokenHistory history)
    {
        var penalty = parameters.RepetitionPenalty;
        var window = parameters.PenaltyWindow < 0 ? history.Length : parameters.PenaltyWindow;
        var first = Math.Max(history.First, history.Length - window);
        for (var position = first; position < history.Length; position++)
        {
            var token = history[position];
            if (_counts[token]++ == 0)
            {
                logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
            }
        }
        for (var position = first; position < history.Length; position++)
        {
            _counts[history[position]] = 0;
        }
    }

    private void PresenceAndFrequency(Span<float> logits, SamplingParameters parameters, TokenHistory history)
    {
        var first = Math.Max(history.First, history.PromptLength + parameters.Replay.Count);
        for (var position = first; position < history.Length; position++)
        {
            _counts[history[position]]++;
        }
        for (var position = first; position < history.Length; position++)
        {
            var token = history[position];
            if (_counts[token] > 0)
            {
                logits[token] -= parameters.PresencePenalty + parameters.FrequencyPenalty * _counts[token];
                _counts[token] = 0;
            }
        }
    }
}
