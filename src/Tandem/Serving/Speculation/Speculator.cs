using Tandem.Scheduling;

namespace Tandem.Serving.Speculation;

/// <summary>
/// Has the next tokens of sequences guessed, and watches whether that pays: each sequence gets as many guesses as make a step bring the most
/// tokens a second, by how often its guesses were right lately and by what steps with more rows have cost. Where none pays, it tries
/// again rarely. With many sequences a step's rows are no longer free, and fewer or no guesses are what comes out. All of it belongs to
/// the thread of the scheduler, and nothing is allocated but where a text outgrows its index.
/// </summary>
/// <remarks>What is chosen does not depend on any of this: see <see cref="Scheduler"/>.</remarks>
internal sealed class Speculator : IDisposable
{
    /// <summary>The most guesses for one sequence: with its last token they make a batch that kernels still read each weight once for.</summary>
    public const int GuessesMax = 15;

    // A trial must show whether guesses have become right, at the least cost.
    private const int TrialGuesses = 2;

    // What cannot be told from noise is not worth it.
    private const double GainMin = 1.02;

    // At least once in so many steps one goes without guesses, so that there is something to compare with.
    private const int GuessedStepsMax = 64;

    private readonly Scheduler _scheduler;
    private readonly StepCosts _costs = new();
    private readonly Watch[] _watches; // by slot
    private readonly IProposer _proposer;
    private readonly Acceptance[] _overall; // by kind: what a new sequence is expected to be like
    private readonly GuessOrder[] _orders;
    private int _orderCount;

    // Of the step that is prepared: what it costs and brings so far, and the most guesses that a sequence gets.
    private int _rows;
    private int _longest;
    private double _tokens;

    /// <summary>A speculator for the sequences of a scheduler.</summary>
    /// <param name="scheduler">The scheduler.</param>
    /// <param name="proposer">Makes the guesses; disposed with this.</param>
    /// <param name="sequencesMax">The most sequences that run.</param>
    public Speculator(Scheduler scheduler, IProposer proposer, int sequencesMax)
    {
        (_scheduler, _proposer) = (scheduler, proposer);
        _orders = new GuessOrder[sequencesMax];
        _overall = new Acceptance[proposer.Kinds];
        Array.Fill(_overall, new Acceptance());
        _watches = new Watch[sequencesMax];
        for (var slot = 0; slot < sequencesMax; slot++)
        {
            _watches[slot] = new Watch(proposer.Kinds);
        }
    }

    /// <summary>The most guesses in one step of so many sequences.</summary>
    public static int ProposalsMax(int sequencesMax)
    {
        const int RowsMax = 32;
        return Math.Min(RowsMax, GuessesMax * sequencesMax);
    }

    /// <summary>Takes note of a step that generated and computed nothing else.</summary>
    /// <param name="rows">Its rows, those of guesses included.</param>
    /// <param name="seconds">What it took.</param>
    public void Observe(int rows, double seconds) => _costs.Observe(rows, seconds);

    /// <summary>Gives guesses to the sequences whose next token the next step chooses.</summary>
    public void Propose()
    {
        var sequences = _scheduler.GeneratingAStep;
        _rows = sequences + PromptRows();
        _tokens = sequences;
        (_orderCount, _longest) = (0, 0);
        var compares = _costs.Age(sequences) < GuessedStepsMax;
        for (var sequence = _scheduler.Ready.First; sequence is not null; sequence = sequence.Next)
        {
            var watch = _watches[sequence.Slot];
            if (watch.IsNew(sequence, _overall))
            {
                _proposer.Begin(sequence);
            }
            if (compares && sequence.GeneratedMax - sequence.Generated > 1)
            {
                Order(sequence, watch);
            }
        }
        if (_orderCount > 0)
        {
            _proposer.Guess(_orders.AsSpan(0, _orderCount));
        }
    }

    /// <summary>Ends the proposer.</summary>
    public void Dispose() => _proposer.Dispose();

    private void Order(Sequence sequence, Watch watch)
    {
        var kind = _proposer.Find(sequence);
        if (kind < 0)
        {
            return;
        }
        ref var acceptance = ref watch.Acceptances[kind];
        var (count, gain) = Best(acceptance.Rate);
        if (count == 0 && acceptance.PassOver())
        {
            count = TrialGuesses;
        }
        if (count == 0)
        {
            return;
        }
        _orders[_orderCount++] = new GuessOrder(sequence, count);
        watch.Kind = kind;
        _rows += count;
        _tokens += gain;
        _longest = Math.Max(_longest, count);
    }

    // How many guesses bring the step the most tokens a second, and how many tokens more that will probably be.
    private (int Count, double Gain) Best(double rate)
    {
        var (best, bestGain, bestSpeed) = (0, 0.0, GainMin * _tokens / Seconds(0));
        var (gain, chance) = (0.0, 1.0);
        for (var count = 1; count <= GuessesMax; count++)
        {
            chance *= rate;
            gain += chance;
            var speed = (_tokens + gain) / Seconds(count);
            if (speed > bestSpeed)
            {
                (best, bestGain, bestSpeed) = (count, gain, speed);
            }
        }
        return (best, bestGain);
    }

    // What the step takes with so many guesses more, the making of guesses included.
    private double Seconds(int count) => _costs[_rows + count] + Math.Max(_longest, count) * _proposer.GuessSeconds;

    // Rows of prompts that the next step probably has.
    private int PromptRows()
    {
        var rows = 0;
        foreach (var sequence in _scheduler.Running)
        {
            rows += sequence.List == _scheduler.Ready ? 0 : Math.Max(0, sequence.Length - sequence.Planned);
        }
        return Math.Min(rows, _scheduler.MixedPromptTokensMax);
    }

    // What is known of a slot's sequence.
    private sealed class Watch(int kinds)
    {
        private Sequence? _sequence;
        private long _proposed;
        private long _accepted;

        public Acceptance[] Acceptances { get; } = new Acceptance[kinds];

        /// <summary>Where the guesses of the last step came from.</summary>
        public int Kind { get; set; }

        /// <summary>Learns from a sequence's last step; true where it is another sequence than before.</summary>
        public bool IsNew(Sequence sequence, Acceptance[] overall)
        {
            var isNew = sequence != _sequence;
            if (isNew)
            {
                _sequence = sequence;
                for (var kind = 0; kind < overall.Length; kind++)
                {
                    Acceptances[kind] = new Acceptance(overall[kind].Rate);
                }
            }
            var (proposed, accepted) = (sequence.ProposedTokens - _proposed, sequence.AcceptedTokens - _accepted);
            // Where a sequence was set back it may have been in other slots meanwhile.
            if (!isNew && proposed is > 0 and <= GuessesMax)
            {
                Acceptances[Kind].Observe((int)proposed, (int)accepted);
                overall[Kind].Observe((int)proposed, (int)accepted);
            }
            (_proposed, _accepted) = (sequence.ProposedTokens, sequence.AcceptedTokens);
            return isNew;
        }
    }
}
