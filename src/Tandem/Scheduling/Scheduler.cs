using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Plans;

namespace Tandem.Scheduling;

/// <summary>
/// Decides what each step computes: which sequences, how many tokens of each, in which pages. A pure state machine without threads or
/// clock; <see cref="Next"/> may be called once for each pipeline stage before <see cref="Complete"/> answers the first plan. Allocates
/// only where a sequence joins or is set back.
/// </summary>
/// <remarks>
/// <para>Generating sequences come first, one token each, dealt evenly over the plans in flight and least recently served first; what is
/// left of the step's budget goes to prompts in order, in chunks. The order of sequences is fixed when they arrive: by arrival, moved
/// ahead by priority, so waiting raises a sequence and none starves.</para>
/// <para>Where pages run short, the last sequence in order is set back: its pages go (those in the prefix tree may well still be there
/// when it returns) and its tokens, generated ones included, are computed again as if they were a prompt. The first in order is never set
/// back, and alone it has the whole cache, so it always ends.</para>
/// <para>A sequence may come with proposed tokens (<see cref="Sequence.Propose"/>). Its step then samples a row for each, and as many are
/// accepted as equal what was chosen before them. Positions behind those are dropped: nothing reads them before they are written again.
/// Proposals take rows and pages that nobody else wants in that step, so they set nobody back.</para>
/// <para>Whole pages are shared, once every step that writes them is complete. The rest of a prompt behind its last whole shared page is
/// computed by each sequence: less than a page, and at least one token, as there must be a row to sample. A waiting
/// sequence whose next pages a running one is about to complete waits for them and lets others pass.</para>
/// </remarks>
internal sealed class Scheduler
{
    private readonly SchedulerOptions _options;
    private readonly PageCache _cache;
    private readonly StepInFlight[] _steps;
    private readonly SequenceList _waiting = new();
    private readonly List<Sequence> _running; // in order
    private readonly SequenceList _ready = new(); // running ones that generate and have no sample outstanding
    private readonly int[] _freeSlots;
    private readonly int[] _left;
    private readonly SampledToken[] _sampled;
    private readonly int[] _hitPages;
    private int _freeSlotCount;
    private int _leftCount;
    private int _leaving; // sequences that keep their pages until their steps are complete
    private long _sequenceId;
    private long _stepId;

    /// <summary>A scheduler without sequences.</summary>
    /// <exception cref="InputException">The cache is too small for any sequence.</exception>
    public Scheduler(SchedulerOptions options)
    {
        Debug.Assert(options is { MixedPromptTokensMax: >= 0, SequencesMax: > 0, Depth: > 0 });
        Debug.Assert(
            options.StepTokensMax > options.SequencesMax,
            "beside all that generate there is room for a prompt"
        );
        _options = options;
        _cache = new PageCache(options);
        LengthMax = LengthMaxOf(options);
        MixedPromptTokensMax = options.MixedPromptTokensMax;
        var pagesMax = _cache.PagesFor(LengthMax);
        _steps = new StepInFlight[options.Depth];
        for (var i = 0; i < _steps.Length; i++)
        {
            _steps[i] = new StepInFlight(options, pagesMax);
        }
        _running = new List<Sequence>(options.SequencesMax);
        _left = new int[options.SequencesMax];
        _sampled = new SampledToken[options.SampledRowsMax];
        _hitPages = new int[pagesMax];
        _freeSlots = new int[options.SequencesMax];
        _freeSlotCount = options.SequencesMax;
        for (var i = 0; i < _freeSlots.Length; i++)
        {
            _freeSlots[i] = options.SequencesMax - 1 - i;
        }
    }

    /// <summary>The most tokens that a sequence may have: the context, or less where the cache is smaller.</summary>
    public int LengthMax { get; }

    /// <summary>The most tokens of prompts in a step while others generate, 0 or more. It may change at any time, as results do not depend on it.</summary>
    public int MixedPromptTokensMax { get; set; }

    /// <summary>Plans that were handed out and are not complete.</summary>
    public int InFlight { get; private set; }

    /// <summary>Whether any sequence is here.</summary>
    public bool HasWork => _waiting.Count + _running.Count + _leaving > 0;

    /// <summary>Sequences in the queue, first in order first.</summary>
    public SequenceList Waiting => _waiting;

    /// <summary>Sequences that take part in steps, first in order first.</summary>
    public ReadOnlySpan<Sequence> Running => CollectionsMarshal.AsSpan(_running);

    /// <summary>Those of them that wait for a step to choose their next token.</summary>
    public SequenceList Ready => _ready;

    /// <summary>How many sequences a plan generates for, where all take turns.</summary>
    public int GeneratingAStep => (Generating() + _steps.Length - 1) / _steps.Length;

    /// <summary>The pages.</summary>
    public PageCache Cache => _cache;

    /// <summary>Tokens of joining sequences that could have come from the prefix cache, so far.</summary>
    public long PrefixTokensAsked { get; private set; }

    /// <summary>Tokens of joining sequences that did come from it.</summary>
    public long PrefixTokensHit { get; private set; }

    /// <summary>How often a sequence was set back.</summary>
    public long SetBacks { get; private set; }

    /// <summary>Proposed tokens that steps have computed, so far.</summary>
    public long ProposedTokens { get; private set; }

    /// <summary>Those of them that were right.</summary>
    public long AcceptedTokens { get; private set; }

    /// <summary>Puts a sequence into the queue.</summary>
    /// <param name="sequence">A new one.</param>
    /// <param name="now">The time since any fixed moment.</param>
    /// <exception cref="InputException">Its prompt is empty, or leaves no room for a token.</exception>
    public void Add(Sequence sequence, TimeSpan now)
    {
        Debug.Assert(sequence.State == SequenceState.New, "a sequence is added once");
        Debug.Assert(!sequence.Embed || sequence.GeneratedMax == 0, "what is embedded generates nothing");
        CheckLength(sequence);
        sequence.GeneratedMax = Math.Min(sequence.GeneratedMax, LengthMax - sequence.PromptLength);
        sequence.Id = _sequenceId++;
        sequence.OrderKey = (long)
            Int128.Clamp(
                (Int128)now.Ticks - (Int128)sequence.Priority * _options.PriorityStep.Ticks,
                long.MinValue,
                long.MaxValue
            );
        sequence.State = SequenceState.Waiting;
        _waiting.InsertInOrder(sequence);
    }

    /// <summary>
    /// Ends a sequence: it was cancelled, or has said what was asked for. No plan after this names it, no result after this has a token
    /// of it, and its pages are free once the plans that name it are complete. Nothing happens if it has ended.
    /// </summary>
    public void Remove(Sequence sequence)
    {
        switch (sequence.State)
        {
            case SequenceState.Waiting:
                _waiting.Remove(sequence);
                sequence.State = SequenceState.Gone;
                break;
            case SequenceState.Running:
                Leave(sequence, SequenceState.Leaving);
                break;
            case SequenceState.SettingBack:
                sequence.State = SequenceState.Leaving;
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// The next plan; null where there is none until another is complete, or a sequence is added. It stays as it is until it is complete.
    /// </summary>
    public StepPlan? Next()
    {
        if (InFlight == _steps.Length)
        {
            return null;
        }
        var step = _steps[_stepId % _steps.Length];
        step.Begin(_stepId);
        var generating = GeneratingAStep;
        AddGenerating(step, generating);
        // Where nothing else moves on, as those that generate wait for pages, prompts do.
        var isBounded = generating > 0 && (step.Plan.Rows > 0 || InFlight > 0);
        var promptRowsMax = isBounded ? Math.Min(step.RoomLeft, MixedPromptTokensMax) : step.RoomLeft;
        var rowsMax = step.Plan.Rows + promptRowsMax;
        AddPrompts(step, rowsMax);
        AddWaiting(step, rowsMax);
        if (step.Plan.Rows == 0)
        {
            Debug.Assert(InFlight > 0 || !HasWork, "as long as there is work, a plan is under way");
            return null;
        }
        _left.AsSpan(0, _leftCount).CopyTo(step.Plan.Left);
        (step.Plan.LeftCount, _leftCount) = (_leftCount, 0);
        _stepId++;
        InFlight++;
        return step.Plan;
    }

    /// <summary>Takes the answer to the oldest plan that is under way.</summary>
    /// <param name="result">The answer; its id is the plan's.</param>
    /// <returns>What it brought, in the order of the plan's segments; valid until the next call.</returns>
    public ReadOnlySpan<SampledToken> Complete(StepResult result)
    {
        Debug.Assert(InFlight > 0 && result.Id == _stepId - InFlight, "results come in the order of their plans");
        var step = _steps[result.Id % _steps.Length];
        Debug.Assert(result.Count == step.Plan.SampledRows, "a result has a token for each row to sample");
        InFlight--;
        var (row, embedding, count) = (0, 0, 0);
        for (var i = 0; i < step.Plan.SegmentCount; i++)
        {
            ref readonly var segment = ref step.Plan.Segments[i];
            var sequence = step[i];
            sequence.InFlight--;
            var chosen = TakeIn(sequence, segment, step.Plan, result, row);
            if (sequence.State != SequenceState.Leaving && Advance(sequence, segment, out var last))
            {
                for (var token = 0; token < chosen; token++)
                {
                    _sampled[count++] = new SampledToken(sequence, row + token, last && token == chosen - 1);
                }
                if (chosen == 0)
                {
                    _sampled[count++] = new SampledToken(sequence, segment.Embed ? embedding : -1, last);
                }
            }
            row += segment.SampledRows;
            embedding += segment.Embed ? 1 : 0;
            Remember(sequence);
            Settle(sequence);
        }
        return _sampled.AsSpan(0, count);
    }

    /// <summary>The most tokens that a sequence may have under some options.</summary>
    public static int LengthMaxOf(SchedulerOptions options)
    {
        var inCache = (int)Math.Min((long)options.Pages * options.PageLength, int.MaxValue);
        if (options.Window is not { } window)
        {
            return Math.Min(options.Context, inCache);
        }
        // With a window, pages that it has passed come free: those of the window wherever it begins in a page, the last one
        // remembered, and one to write.
        return options.Pages >= window / options.PageLength + 4 ? options.Context : Math.Min(options.Context, inCache);
    }

    private void CheckLength(Sequence sequence)
    {
        var (length, needed) = (sequence.PromptLength, Math.Min(1, sequence.GeneratedMax));
        if (length == 0)
        {
            throw new InputException("the prompt is empty, expected at least one token");
        }
        if (length + needed > LengthMax)
        {
            var (what, remedy) =
                LengthMax < _options.Context
                    ? ("KV cache", "shorten it, or give the cache more memory")
                    : ("context", "shorten it, or load the model with a larger context");
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the prompt has {length} tokens, the {what} has room for {LengthMax - needed}: {remedy}"
                )
            );
        }
    }

    private int Generating()
    {
        var count = _ready.Count;
        foreach (var sequence in _running)
        {
            count += sequence.SampleOutstanding ? 1 : 0;
        }
        return count;
    }

    // One token for each generating sequence, up to the share of one plan.
    private void AddGenerating(StepInFlight step, int sequencesMax)
    {
        var sequence = _ready.First;
        while (sequence is not null && step.Plan.SegmentCount < sequencesMax && step.RoomLeft > 0)
        {
            var placed = HasPages(sequence, sequence.Length);
            var next = sequence.Next; // read here: making room may have set back what was the next
            if (placed)
            {
                var others = Math.Min(sequencesMax - step.Plan.SegmentCount, _ready.Count) - 1;
                _ready.Remove(sequence);
                Place(step, sequence, 1, ProposalsFor(step, sequence, others));
            }
            sequence = next;
        }
    }

    // Chunks of running prompts. Whoever is set back to make room is behind in order, so the walk stays valid.
    private void AddPrompts(StepInFlight step, int rowsMax)
    {
        for (var i = 0; i < _running.Count && step.Plan.Rows < rowsMax; i++)
        {
            var sequence = _running[i];
            if (sequence.Planned >= sequence.Length || sequence.List == _ready)
            {
                continue;
            }
            PlacePrompt(step, sequence, rowsMax);
        }
    }

    private void AddWaiting(StepInFlight step, int rowsMax)
    {
        var sequence = _waiting.First;
        while (sequence is not null && _freeSlotCount > 0 && step.Plan.Rows < rowsMax)
        {
            var next = sequence.Next;
            if (!WaitsForPrefix(sequence))
            {
                if (!TryJoin(sequence))
                {
                    break;
                }
                PlacePrompt(step, sequence, rowsMax);
            }
            sequence = next;
        }
    }

    // The next chunk of a prompt: as much as there are rows and pages for.
    private void PlacePrompt(StepInFlight step, Sequence sequence, int rowsMax)
    {
        var rows = Math.Min(rowsMax - step.Plan.Rows, sequence.Length - sequence.Planned);
        if (!HasPages(sequence, sequence.Planned + rows))
        {
            rows = Math.Min(rows, (sequence.PageCount + _cache.Available) * _options.PageLength - sequence.Planned);
        }
        if (rows > 0 && HasPages(sequence, sequence.Planned + rows))
        {
            Place(step, sequence, rows, 0);
        }
    }

    // How many of a sequence's proposed tokens its step computes: as many as leave a row to each of the others and to a prompt, and pages
    // to all that run.
    private int ProposalsFor(StepInFlight step, Sequence sequence, int others)
    {
        var count = Math.Min(sequence.Proposed.Length, sequence.GeneratedMax - sequence.Generated - 1);
        count = Math.Min(count, Math.Min(step.ProposalsLeft, step.RoomLeft - 1 - others - 1));
        if (count <= 0)
        {
            return 0;
        }
        var pages = sequence.PageCount + Math.Max(0, _cache.Available - _running.Count);
        count = Math.Min(count, pages * _options.PageLength - sequence.Length);
        return count > 0 && HasPages(sequence, sequence.Length + count) ? count : 0;
    }

    private void Place(StepInFlight step, Sequence sequence, int rows, int proposed)
    {
        var end = sequence.Planned + rows + proposed;
        var samples = end >= sequence.Length && sequence.GeneratedMax > 0;
        step.Add(sequence, rows, proposed, _cache.FirstPageFor(sequence.Planned), _cache.PagesFor(end), samples);
        sequence.Propose([]);
        sequence.Planned = end;
        sequence.InFlight++;
        sequence.SampleOutstanding = samples;
    }

    // Whether a sequence has the pages of its first so many positions, after taking what it lacks. Others behind it in order are
    // set back for that, but not while pages are about to come free anyway.
    private bool HasPages(Sequence sequence, int positions)
    {
        var lacking = _cache.PagesFor(positions) - sequence.PageCount;
        while (_cache.Available < lacking)
        {
            if (_leaving > 0 || _running[^1] == sequence)
            {
                return false;
            }
            SetBacks++;
            _running[^1].SetBacks++;
            Leave(_running[^1], SequenceState.SettingBack);
        }
        for (; lacking > 0; lacking--)
        {
            sequence.PageTable[sequence.PageCount++] = _cache.Allocate();
        }
        return true;
    }

    // Whether a running sequence is about to complete pages of this one's prompt that are not there yet.
    private bool WaitsForPrefix(Sequence sequence)
    {
        if (!_cache.Shared || sequence.Embed)
        {
            return false;
        }
        if (
            sequence.Producer is { State: SequenceState.Running }
            && sequence.Producer.CachedPages < sequence.ProducedPages
        )
        {
            return true;
        }
        (sequence.Producer, sequence.ProducedPages) = (null, 0);
        foreach (var other in _running)
        {
            var pages = PagesToCome(other, sequence);
            if (pages > sequence.ProducedPages)
            {
                (sequence.Producer, sequence.ProducedPages) = (other, pages);
            }
        }
        if (sequence.Producer is not null && sequence.ProducedPages <= Find(sequence).PageCount)
        {
            sequence.Producer = null;
        }
        return sequence.Producer is not null;
    }

    // How many pages a sequence shares with a running one, if that one is about to complete the last of them; else 0.
    private int PagesToCome(Sequence running, Sequence sequence)
    {
        var known = running.Length / _options.PageLength;
        if (!running.Remembered || running.CachedPages >= known || running.Salt != sequence.Salt)
        {
            return 0;
        }
        var shared = running.Tokens.CommonPrefixLength(sequence.Tokens[..^1]) / _options.PageLength;
        return shared > running.CachedPages ? shared : 0;
    }

    private PrefixHit Find(Sequence sequence) =>
        sequence.Embed
            ? new PrefixHit(0, 0, PrefixTree.None)
            : _cache.Find(sequence.Tokens[..^1], sequence.Salt, _hitPages);

    // Takes a sequence out of the queue if there are a slot and pages for all that is known of it, beside what running prompts still
    // need and a page for each of those that generate.
    private bool TryJoin(Sequence sequence)
    {
        var hit = Find(sequence);
        var hitPages = _hitPages.AsSpan(hit.FirstPage, hit.PageCount - hit.FirstPage);
        var needed = PagesToJoin(sequence.Length, hit.PageCount);
        foreach (var page in hitPages)
        {
            needed += _cache.References(page) == 1 ? 1 : 0; // available now, and not once it is used
        }
        foreach (var other in _running)
        {
            needed += Math.Max(1, PagesToJoin(other.Length, other.PageCount));
        }
        if (needed > _cache.Available && _running.Count + _leaving > 0)
        {
            return false;
        }
        _waiting.Remove(sequence);
        sequence.Reserve(_options.PageLength, _options.ProposalsMax);
        sequence.State = SequenceState.Running;
        sequence.Slot = _freeSlots[--_freeSlotCount];
        sequence.Remembered = _cache.Shared;
        sequence.Producer = null;
        sequence.PageTable.AsSpan(0, hit.FirstPage).Fill(PrefixTree.None);
        for (var i = 0; i < hitPages.Length; i++)
        {
            sequence.PageTable[hit.FirstPage + i] = hitPages[i];
            _cache.Retain(hitPages[i]);
        }
        (sequence.FirstPage, sequence.PageCount) = (hit.FirstPage, hit.PageCount);
        (sequence.CachedPages, sequence.CacheNode) = (hit.PageCount, hit.Node);
        sequence.Planned = sequence.Computed = hit.PageCount * _options.PageLength;
        sequence.CachedTokens = sequence.SetBacks == 0 ? sequence.Planned : sequence.CachedTokens;
        PrefixTokensAsked += sequence.Length - 1;
        PrefixTokensHit += sequence.Planned;
        _running.Insert(IndexInOrder(sequence), sequence);
        return true;
    }

    // Pages that so many tokens still take; with a window not all of them at the same time.
    private int PagesToJoin(int length, int pagesHeld)
    {
        var pages = _cache.PagesFor(length) - pagesHeld;
        return _options.Window is { } window ? Math.Min(pages, window / _options.PageLength + 4) : pages;
    }

    private int IndexInOrder(Sequence sequence)
    {
        var index = _running.Count;
        while (index > 0 && sequence.Before(_running[index - 1]))
        {
            index--;
        }
        return index;
    }

    // Takes in what a step computed and chose; returns how many tokens it chose. Of proposed tokens those are right that follow what was
    // chosen in the row before them, as long as all before them are.
    private int TakeIn(Sequence sequence, in StepSegment segment, StepPlan plan, StepResult result, int row)
    {
        var (accepted, proposed) = (0, Math.Max(0, segment.SampledRows - 1));
        var leaves = sequence.State == SequenceState.Leaving;
        var guesses = plan.TokenIds.AsSpan(segment.FirstRow + segment.Rows - proposed, proposed);
        while (!leaves && accepted < proposed && result.TokenIds[row + accepted] == guesses[accepted])
        {
            accepted++;
        }
        var chosen = Math.Min(segment.SampledRows, accepted + 1);
        sequence.Computed = segment.FirstPosition + segment.Rows - (segment.SampledRows - chosen);
        if (leaves)
        {
            return 0;
        }
        for (var token = 0; token < chosen; token++)
        {
            sequence.Append(result.TokenIds[row + token]);
        }
        if (proposed > 0)
        {
            ProposedTokens += proposed;
            AcceptedTokens += accepted;
            sequence.ProposedTokens += proposed;
            sequence.AcceptedTokens += accepted;
            sequence.Planned = sequence.Computed;
            _cache.ReleaseBehind(sequence, sequence.Length);
        }
        return chosen;
    }

    // Goes on after a step; true where the caller is to hear of it.
    private bool Advance(Sequence sequence, in StepSegment segment, out bool last)
    {
        last = false;
        if (segment.SampledRows > 0)
        {
            sequence.SampleOutstanding = false;
            last = sequence.Generated == sequence.GeneratedMax;
        }
        else if (sequence.GeneratedMax == 0)
        {
            last = sequence.Computed == sequence.Length;
        }
        if (last)
        {
            Remember(sequence);
            Remove(sequence);
        }
        else if (segment.SampledRows > 0 && sequence.State == SequenceState.Running)
        {
            _ready.Append(sequence);
        }
        return last || segment.SampledRows > 0;
    }

    private void Remember(Sequence sequence)
    {
        while (
            sequence.Remembered
            && sequence.CachedPages < sequence.Computed / _options.PageLength
            && _cache.Remember(sequence)
        ) { }
        _cache.DropPassed(sequence);
    }

    private void Leave(Sequence sequence, SequenceState state)
    {
        _running.Remove(sequence);
        if (sequence.List == _ready)
        {
            _ready.Remove(sequence);
        }
        sequence.State = state;
        sequence.Propose([]);
        _leaving++;
        Settle(sequence);
    }

    // Once no step names a sequence that leaves, its pages and its slot come free.
    private void Settle(Sequence sequence)
    {
        if (sequence.InFlight > 0 || sequence.State is not (SequenceState.Leaving or SequenceState.SettingBack))
        {
            return;
        }
        _leaving--;
        _cache.ReleaseAll(sequence);
        _freeSlots[_freeSlotCount++] = sequence.Slot;
        _left[_leftCount++] = sequence.Slot;
        sequence.Slot = -1;
        (sequence.Planned, sequence.Computed, sequence.SampleOutstanding) = (0, 0, false);
        if (sequence.State == SequenceState.SettingBack)
        {
            sequence.State = SequenceState.Waiting;
            _waiting.InsertInOrder(sequence);
        }
        else
        {
            sequence.State = SequenceState.Gone;
        }
    }
}
