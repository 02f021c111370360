namespace Tandem.Serving.Speculation;

/// <summary>How often guesses of one kind have been right lately, and when to try again where they were not worth it.</summary>
internal struct Acceptance
{
    // So many guesses are remembered: a text may turn to something else at any time.
    private const double Memory = 32;

    // Steps until a trial; doubled each time that it fails.
    private const int PauseMin = 16;
    private const int PauseMax = 1_024;

    // What is expected counts as so many guesses; where nothing is known, half of them are right.
    private const double ExpectedWeight = 2;
    private const double RateUnknown = 0.5;

    // Nothing is so sure that it need not be tried.
    private const double RateMin = 0.15;
    private const double RateMax = 0.9;

    private double _right;
    private double _tried;
    private int _pause;
    private int _passed;

    /// <summary>Nothing is known.</summary>
    public Acceptance()
        : this(RateUnknown) { }

    /// <summary>Nothing is known but how often guesses of this kind were right elsewhere.</summary>
    public Acceptance(double rate)
    {
        _right = ExpectedWeight * Math.Clamp(rate, RateMin, RateMax);
        (_tried, _pause) = (ExpectedWeight, PauseMin);
    }

    /// <summary>How probably the next guess is right where those before it are.</summary>
    public readonly double Rate => _right / _tried;

    /// <summary>Takes note of a step that has checked guesses: those behind the first wrong one say nothing.</summary>
    /// <param name="guesses">How many there were.</param>
    /// <param name="accepted">How many were right.</param>
    public void Observe(int guesses, int accepted)
    {
        _right += accepted;
        _tried += Math.Min(accepted + 1, guesses);
        if (_tried > Memory)
        {
            (_right, _tried) = (_right * Memory / _tried, Memory);
        }
        if (_passed == 0)
        {
            return;
        }
        _passed = 0;
        if (accepted == guesses)
        {
            this = new Acceptance();
            return;
        }
        _pause = Math.Min(2 * _pause, PauseMax);
    }

    /// <summary>Takes note that guesses were not worth it; true where it is time to try all the same.</summary>
    public bool PassOver()
    {
        _passed++;
        return _passed > _pause;
    }
}
