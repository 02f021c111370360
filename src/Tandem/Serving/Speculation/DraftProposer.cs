using System.Diagnostics;
using Tandem.Devices;
using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Serving.Speculation;

/// <summary>
/// Guesses by a small model of the same vocabulary (Leviathan, Kalman, Matias: "Fast Inference from Transformers via Speculative Decoding",
/// 2023). It chooses as the sequence does, with the same parameters and the same random numbers, so that it chooses the same wherever
/// its logits are alike. Its cache follows what is known of each sequence; what was guessed wrong is written over.
/// </summary>
internal sealed class DraftProposer : IProposer
{
    // A long text is caught up with over several steps, so that none of them waits long.
    private const int CatchUpRowsMax = 256;

    // A step counts an eighth.
    private const double Weight = 0.125;

    private readonly IModelRunner _runner;
    private readonly TimeProvider _time;
    private readonly int _context;
    private readonly PagePool _pages;
    private readonly Follower[] _followers; // by slot
    private readonly StepPlan _plan;
    private readonly Sequence[] _inStep;
    private long _steps;

    /// <summary>A proposer over a model of its own.</summary>
    /// <param name="runner">Runs the model, one step at a time; disposed with this.</param>
    /// <param name="context">Positions that the model knows.</param>
    /// <param name="pages">Pages of its cache.</param>
    /// <param name="sequencesMax">The most sequences that run.</param>
    /// <param name="time">Measures steps.</param>
    public DraftProposer(IModelRunner runner, int context, int pages, int sequencesMax, TimeProvider time)
    {
        Debug.Assert(runner.Depth == 1, "guesses follow each other");
        (_runner, _context, _time) = (runner, context, time);
        _pages = new PagePool(pages);
        var pagesASequence = (context - 1) / KvLayer.PageLength + 1;
        _followers = [.. Enumerable.Range(0, sequencesMax).Select(_ => new Follower(pagesASequence))];
        _plan = new StepPlan(RowsMax(sequencesMax), sequencesMax, sequencesMax * pagesASequence);
        _inStep = new Sequence[sequencesMax];
    }

    /// <inheritdoc/>
    public int Kinds => 1;

    /// <inheritdoc/>
    public double GuessSeconds { get; private set; }

    /// <summary>Rows that its largest step has.</summary>
    public static int RowsMax(int sequencesMax) => CatchUpRowsMax + sequencesMax * (Speculator.GuessesMax + 1);

    /// <inheritdoc/>
    public void Begin(Sequence sequence)
    {
        var follower = _followers[sequence.Slot];
        follower.Leave(_pages);
        follower.Sequence = sequence;
        follower.Sampling = sequence.Sampling with { Replay = [], TopLogProbabilities = -1 };
    }

    /// <summary>0 where its cache has room for the text and guesses behind it, and has nearly caught up.</summary>
    public int Find(Sequence sequence)
    {
        var follower = _followers[sequence.Slot];
        follower.Sequence = sequence;
        follower.Keep(sequence);
        var positions = sequence.Length + Speculator.GuessesMax;
        if (positions > _context || !HasPages(follower, positions))
        {
            return -1;
        }
        if (sequence.Length - follower.Computed > Speculator.GuessesMax + 1)
        {
            CatchUp(sequence, follower);
        }
        return sequence.Length - follower.Computed > Speculator.GuessesMax + 1 ? -1 : 0;
    }

    /// <inheritdoc/>
    public void Guess(ReadOnlySpan<GuessOrder> orders)
    {
        var more = true;
        for (var round = 0; more; round++)
        {
            Begin();
            more = false;
            foreach (var (sequence, count) in orders)
            {
                if (round < count)
                {
                    AddNext(sequence, _followers[sequence.Slot]);
                    more |= round + 1 < count;
                }
            }
            Run();
        }
        foreach (var (sequence, _) in orders)
        {
            sequence.Propose(_followers[sequence.Slot].Guesses);
        }
    }

    /// <summary>Ends the runner.</summary>
    public void Dispose() => _runner.Dispose();

    private void CatchUp(Sequence sequence, Follower follower)
    {
        Begin();
        var rows = Math.Min(CatchUpRowsMax, sequence.Length - 1 - follower.Computed);
        var tokens = sequence.Tokens.Slice(follower.Computed, rows);
        Add(sequence, follower, tokens, samples: false);
        _runner.Submit(_plan);
        _ = _runner.Receive();
    }

    // What is known and not computed, then the guesses so far, of which only the last is not computed.
    private void AddNext(Sequence sequence, Follower follower)
    {
        var known = sequence.Length - follower.Computed;
        Add(sequence, follower, known > 0 ? sequence.Tokens[^known..] : follower.Guesses[^1..], samples: true);
    }

    private void Begin() => (_plan.Id, _plan.Rows, _plan.SegmentCount) = (_steps++, 0, 0);

    private void Add(Sequence sequence, Follower follower, ReadOnlySpan<int> tokens, bool samples)
    {
        tokens.CopyTo(_plan.TokenIds.AsSpan(_plan.Rows));
        var firstPage = _plan.SegmentCount * follower.Pages.Length;
        follower.Pages.AsSpan(0, follower.PageCount).CopyTo(_plan.Pages.AsSpan(firstPage));
        _inStep[_plan.SegmentCount] = sequence;
        _plan.Segments[_plan.SegmentCount++] = new StepSegment
        {
            Sequence = sequence.Id,
            Slot = sequence.Slot,
            FirstRow = _plan.Rows,
            Rows = tokens.Length,
            FirstPosition = follower.Computed,
            PromptLength = sequence.PromptLength,
            FirstPage = firstPage,
            PageCount = follower.PageCount,
            SampledRows = samples ? 1 : 0,
            Sampling = follower.Sampling!,
        };
        _plan.Rows += tokens.Length;
        follower.Computed += tokens.Length;
    }

    private void Run()
    {
        var start = _time.GetTimestamp();
        _runner.Submit(_plan);
        var result = _runner.Receive();
        for (var segment = 0; segment < _plan.SegmentCount; segment++)
        {
            _followers[_inStep[segment].Slot].Add(result.TokenIds[segment]);
        }
        var seconds = _time.GetElapsedTime(start).TotalSeconds;
        GuessSeconds = GuessSeconds == 0 ? seconds : GuessSeconds + Weight * (seconds - GuessSeconds);
    }

    private bool HasPages(Follower follower, int positions)
    {
        var count = (positions - 1) / KvLayer.PageLength + 1;
        if (_pages.Free < count - follower.PageCount)
        {
            // Who has gone keeps pages until its slot or its pages are wanted.
            foreach (var other in _followers)
            {
                if (other.Sequence is { State: not SequenceState.Running })
                {
                    other.Leave(_pages);
                }
            }
        }
        while (follower.PageCount < count && _pages.Free > 0)
        {
            follower.Pages[follower.PageCount++] = _pages.Allocate();
        }
        return follower.PageCount >= count;
    }

    // What is known of a slot's sequence.
    private sealed class Follower(int pagesMax)
    {
        private readonly int[] _guesses = new int[Speculator.GuessesMax];
        private int _count;
        private int _length; // of the text that the guesses are behind

        public Sequence? Sequence { get; set; }

        public SamplingParameters? Sampling { get; set; }

        public int[] Pages { get; } = new int[pagesMax];

        public int PageCount { get; set; }

        /// <summary>Positions whose keys and values are in the cache.</summary>
        public int Computed { get; set; }

        public ReadOnlySpan<int> Guesses => _guesses.AsSpan(0, _count);

        public void Add(int guess) => _guesses[_count++] = guess;

        public void Leave(PagePool pages)
        {
            for (; PageCount > 0; PageCount--)
            {
                pages.Release(Pages[PageCount - 1]);
            }
            (Sequence, Computed, _count, _length) = (null, 0, 0, 0);
        }

        /// <summary>Keeps of the cache what has turned out to be the text, and forgets the guesses.</summary>
        public void Keep(Sequence sequence)
        {
            var right = Guesses.CommonPrefixLength(sequence.Tokens[Math.Min(_length, sequence.Length)..]);
            // The last token always is computed again, as its row is the one to choose from.
            Computed = Math.Min(Math.Min(Computed, _length + right), sequence.Length - 1);
            (_count, _length) = (0, sequence.Length);
        }
    }
}
