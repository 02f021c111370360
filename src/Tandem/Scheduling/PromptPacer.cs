namespace Tandem.Scheduling;

/// <summary>
/// How many tokens of prompts may share a step with generating sequences, so that such a step takes a bounded multiple of
/// what it takes without, or a bounded time. It learns the two rates from the steps themselves; results do not depend on it.
/// </summary>
/// <param name="stepTokensMax">The most tokens in a step.</param>
/// <param name="slowdownMax">How many times as long as generation alone a step may take.</param>
/// <param name="timeMax">How long it may take instead; null for that multiple.</param>
internal sealed class PromptPacer(int stepTokensMax, double slowdownMax, TimeSpan? timeMax = null)
{
    /// <summary>How many times as long a step with prompts may take, where nobody says otherwise.</summary>
    public const double UsualSlowdown = 2.5;

    /// <summary>The fewest tokens of prompts in a step with any: fewer would bring a prompt nowhere.</summary>
    public const int TokensMin = 8;

    // Before anything is known, a chunk that is short on any machine.
    private const int TokensUnknown = 32;

    // Where prompts always wait, at least once in so many steps one goes without: else nobody would know what generation alone takes. Sooner where
    // more sequences or fewer generate than when it was last seen.
    private const int MixedStepsMax = 32;
    private const int MixedStepsMin = 4;
    private const double SameGenerating = 1.25;

    // A step counts an eighth: a single slow one moves little, a change of load is followed within a second. One that was long waited for
    // counts more.
    private const double Weight = 0.125;
    private const double WeightMax = 0.5;

    private double _generatingSeconds;
    private double _promptTokenSeconds;
    private int _mixedSteps; // since generation was last seen alone
    private int _aloneGenerating; // so many did then
    private bool _aloneIsDue;

    /// <summary>The most tokens of prompts in a step while sequences generate; 0 where the next one is to go without.</summary>
    public int TokensMax
    {
        get
        {
            if (_aloneIsDue)
            {
                return 0;
            }
            if (_generatingSeconds == 0 || _promptTokenSeconds == 0)
            {
                return Math.Min(TokensUnknown, stepTokensMax);
            }
            var seconds = timeMax?.TotalSeconds ?? slowdownMax * _generatingSeconds;
            var tokens = (seconds - _generatingSeconds) / _promptTokenSeconds;
            return (int)Math.Clamp(tokens, Math.Min(TokensMin, stepTokensMax), stepTokensMax);
        }
    }

    /// <summary>Takes note of what a step took.</summary>
    /// <param name="promptTokens">Its rows that were prompts.</param>
    /// <param name="generating">Its rows that were next tokens.</param>
    /// <param name="seconds">The time it took.</param>
    public void Observe(int promptTokens, int generating, double seconds)
    {
        if (promptTokens == 0)
        {
            Average(ref _generatingSeconds, seconds, Math.Min(WeightMax, Weight * (1 + _mixedSteps)));
            (_mixedSteps, _aloneGenerating, _aloneIsDue) = (0, generating, false);
            return;
        }
        if (generating > 0)
        {
            _mixedSteps++;
            _aloneIsDue =
                _generatingSeconds == 0
                || _mixedSteps >= MixedStepsMax
                || (_mixedSteps >= MixedStepsMin && !IsAsAlone(generating));
        }
        // Few rows beside others cost next to nothing, and what they seem to cost is noise.
        var own = generating > 0 ? seconds - _generatingSeconds : seconds;
        if (promptTokens >= TokensMin && own > 0 && (generating == 0 || _generatingSeconds > 0))
        {
            Average(ref _promptTokenSeconds, own / promptTokens, Weight);
        }
    }

    private bool IsAsAlone(int generating) =>
        generating <= SameGenerating * _aloneGenerating && _aloneGenerating <= SameGenerating * generating;

    private static void Average(ref double average, double value, double weight) =>
        average = average == 0 ? value : average + weight * (value - average);
}
