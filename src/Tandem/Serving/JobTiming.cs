using Tandem.Scheduling;

namespace Tandem.Serving;

/// <summary>The times of one request, in seconds since it was made.</summary>
/// <param name="time">The clock.</param>
/// <param name="echo">How many of its first tokens are the prompt's.</param>
internal sealed class JobTiming(TimeProvider time, int echo)
{
    private readonly long _made = time.GetTimestamp();
    private double? _queue;
    private double? _first;
    private int _tokens;

    /// <summary>Notes that the sequence runs; only the first time counts.</summary>
    /// <param name="timestamp">Since when.</param>
    public void Run(long timestamp) => _queue ??= Math.Max(0, time.GetElapsedTime(_made, timestamp).TotalSeconds);

    /// <summary>Tokens of the answer so far; any thread may ask.</summary>
    public int GeneratedTokens => Math.Max(0, Volatile.Read(ref _tokens) - echo);

    /// <summary>Tokens of the prompt.</summary>
    /// <param name="sequence">The sequence.</param>
    public int PromptTokens(Sequence sequence) => sequence.PromptLength + echo;

    /// <summary>Whether the token that came last is the prompt's.</summary>
    public bool IsEcho => _tokens <= echo;

    /// <summary>Notes that a token came; returns when.</summary>
    public double Token()
    {
        var seconds = time.GetElapsedTime(_made).TotalSeconds;
        if (++_tokens > echo)
        {
            _first ??= seconds;
        }
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
            PromptTokens(sequence),
            sequence.CachedTokens,
            GeneratedTokens, // a step may have brought the sequence more, behind what ended the answer
            sequence.SetBacks,
            sequence.ProposedTokens,
            sequence.AcceptedTokens
        );
}
