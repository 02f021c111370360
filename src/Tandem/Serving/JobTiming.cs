using Tandem.Scheduling;

namespace Tandem.Serving;

/// <summary>The times of one request, in seconds since it was made.</summary>
/// <param name="time">The clock.</param>
internal sealed class JobTiming(TimeProvider time)
{
    private readonly long _made = time.GetTimestamp();
    private double? _queue;
    private double? _first;
    private int _tokens;

    /// <summary>Notes that the sequence runs; only the first time counts.</summary>
    /// <param name="timestamp">Since when.</param>
    public void Run(long timestamp) => _queue ??= Math.Max(0, time.GetElapsedTime(_made, timestamp).TotalSeconds);

    /// <summary>Notes that a token came; returns when.</summary>
    public double Token()
    {
        var seconds = time.GetElapsedTime(_made).TotalSeconds;
        _first ??= seconds;
        _tokens++;
        return seconds;
    }

    /// <summary>How long the whole took.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="seconds">When its last token came.</param>
    public GenerationTimes Times(Sequence sequence, double seconds) =>
        new(
            _queue ?? 0,
            _first ?? seconds,
            seconds,
            sequence.PromptLength,
            sequence.CachedTokens,
            _tokens, // a step may have brought the sequence more, behind what ended the answer
            sequence.SetBacks,
            sequence.ProposedTokens,
            sequence.AcceptedTokens
        );
}
