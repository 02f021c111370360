using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

/// <summary>
/// What must hold of a scheduler at every moment, derived from outside: from the sequences that were added and the plans
/// that were handed out.
/// </summary>
internal sealed class Invariants(SchedulerOptions options, Scheduler scheduler)
{
    private readonly List<Sequence> _sequences = []; // all that are not gone
    private readonly Dictionary<long, SequenceView> _views = [];
    private readonly long?[] _slots = new long?[options.SequencesMax]; // as a worker sees them
    private readonly int[] _references = new int[options.Pages];
    private readonly long[] _writers = new long[options.Pages]; // the last step that wrote each page
    private readonly string?[] _salts = new string?[options.Pages]; // and for whom
    private readonly Queue<HashSet<long>> _inFlight = new();
    private long _completed;
    private Sequence? _first;
    private int _firstComputed;
    private int _stepsWithoutProgress;

    /// <summary>A sequence was added.</summary>
    public void Joined(Sequence sequence)
    {
        _sequences.Add(sequence);
        _views[sequence.Id] = new SequenceView(sequence);
    }

    /// <summary>A plan was handed out.</summary>
    public void Handed(StepPlan plan)
    {
        Assert.InRange(plan.Rows, 1, options.StepTokensMax);
        foreach (var slot in plan.Left.AsSpan(0, plan.LeftCount))
        {
            Assert.NotNull(_slots[slot]);
            _slots[slot] = null;
        }
        var named = new HashSet<long>();
        var (row, promptRows, proposed, generating) = (0, 0, 0, false);
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            Assert.Equal(row, segment.FirstRow);
            row += segment.Rows;
            Assert.True(named.Add(segment.Sequence), "a sequence has one segment in a step");
            var view = _views[segment.Sequence];
            CheckSegment(plan, segment, view);
            proposed += Math.Max(0, segment.SampledRows - 1);
            var isPrompt = segment.FirstPosition + segment.Rows <= view.LengthAtJoin;
            promptRows += isPrompt ? segment.Rows : 0;
            generating |= !isPrompt;
        }
        Assert.Equal(row, plan.Rows);
        Assert.True(proposed <= options.ProposalsMax, "proposals are bounded");
        Assert.True(!generating || promptRows <= options.MixedPromptTokensMax, "prompts beside generation are bounded");
        _inFlight.Enqueue(named);
        CheckOrder();
    }

    /// <summary>A plan is complete.</summary>
    public void Completed(StepPlan plan, StepResult result)
    {
        _inFlight.Dequeue();
        _completed = plan.Id + 1;
        var sampled = 0;
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            var view = _views[segment.Sequence];
            view.SampleOutstanding = false;
            // What follows a wrong guess counts for nothing.
            for (var row = 1; row < segment.SampledRows; row++)
            {
                var guess = plan.TokenIds[segment.FirstRow + segment.Rows - segment.SampledRows + row];
                if (result.TokenIds[sampled + row - 1] != guess)
                {
                    view.Position -= segment.SampledRows - row;
                    break;
                }
            }
            sampled += segment.SampledRows;
            CheckProgress(view);
        }
        // The first in order goes forward: its turn comes at least once while all others have one.
        var first = scheduler.Running.Length > 0 ? scheduler.Running[0] : null;
        var progress = first is null || first != _first || first.Computed != _firstComputed;
        _stepsWithoutProgress = progress ? 0 : _stepsWithoutProgress + 1;
        (_first, _firstComputed) = (first, first?.Computed ?? 0);
        Assert.True(
            _stepsWithoutProgress <= 2 * (options.SequencesMax + options.Depth),
            "the first in order stands still"
        );
    }

    /// <summary>Pages are conserved, references exact, states consistent.</summary>
    public void Check()
    {
        foreach (var gone in _sequences.Where(sequence => sequence.State == SequenceState.Gone))
        {
            _views.Remove(gone.Id);
        }
        _sequences.RemoveAll(sequence => sequence.State == SequenceState.Gone);
        Array.Clear(_references);
        foreach (var sequence in _sequences)
        {
            var named = _inFlight.Any(step => step.Contains(sequence.Id));
            var leaves = sequence.State is SequenceState.Leaving or SequenceState.SettingBack;
            Assert.True(named || !leaves, "a sequence that no step names has left");
            Assert.True(sequence.State != SequenceState.Waiting || sequence is { PageCount: 0, Slot: -1 });
            foreach (var page in sequence.PageTable.AsSpan(0, sequence.PageCount))
            {
                if (page >= 0)
                {
                    _references[page]++;
                }
            }
        }
        var available = 0;
        for (var page = 0; page < _references.Length; page++)
        {
            available += _references[page] == 0 ? 1 : 0;
            _references[page] += scheduler.Cache.Holds(page) ? 1 : 0;
            Assert.Equal(_references[page], scheduler.Cache.References(page));
        }
        Assert.Equal(available, scheduler.Cache.Available);
    }

    private void CheckSegment(StepPlan plan, in StepSegment segment, SequenceView view)
    {
        var sequence = view.Sequence;
        // One that already had its rows may have been set back for another behind it in the plan.
        Assert.True(sequence.State is SequenceState.Running or SequenceState.SettingBack);
        Assert.False(view.SampleOutstanding, "a sequence waits for its sample");
        if (_slots[segment.Slot] is null)
        {
            Assert.Equal(0, segment.FirstPosition % options.PageLength);
            Assert.True(segment.FirstPosition == 0 || (options.PrefixCache && !sequence.Embed));
            (view.Position, view.LengthAtJoin) = (segment.FirstPosition, sequence.Length);
            CheckHit(plan, segment, sequence);
        }
        Assert.True(
            _slots[segment.Slot] is null || _slots[segment.Slot] == segment.Sequence,
            "a slot has one sequence"
        );
        _slots[segment.Slot] = segment.Sequence;
        Assert.Equal(view.Position, segment.FirstPosition);
        view.Position += segment.Rows;
        var proposed = Math.Max(0, segment.SampledRows - 1);
        var known = segment.Rows - proposed;
        Assert.True(proposed == 0 || known == 1, "guesses follow the last token alone");
        Assert.True(segment.FirstPosition + known <= sequence.Length);
        Assert.True(proposed == 0 || view.Position < sequence.PromptLength + sequence.GeneratedMax);
        var samples = segment.FirstPosition + known == sequence.Length && sequence.GeneratedMax > 0;
        Assert.Equal(samples ? 1 + proposed : 0, segment.SampledRows);
        view.SampleOutstanding = samples;
        var tokens = plan.TokenIds.AsSpan(segment.FirstRow, known);
        Assert.True(tokens.SequenceEqual(sequence.Tokens.Slice(segment.FirstPosition, known)));
        var table = plan.Pages.AsSpan(segment.FirstPage, segment.PageCount);
        Assert.Equal((view.Position + options.PageLength - 1) / options.PageLength, table.Length);
        var firstRead = options.Window is { } window ? Math.Max(0, segment.FirstPosition - window + 1) : 0;
        for (var index = 0; index < table.Length; index++)
        {
            var read = (index + 1) * options.PageLength > firstRead;
            Assert.Equal(read, table[index] >= 0);
            if ((index + 1) * options.PageLength > segment.FirstPosition)
            {
                Assert.Equal(1, scheduler.Cache.References(table[index])); // what is written is shared with nobody
                (_writers[table[index]], _salts[table[index]]) = (plan.Id, sequence.Salt);
            }
        }
    }

    // Between steps a sequence is computed but for its last token, and keeps no page for guesses.
    private void CheckProgress(SequenceView view)
    {
        var sequence = view.Sequence;
        if (sequence.State == SequenceState.Running && sequence.InFlight == 0)
        {
            Assert.Equal(view.Position, sequence.Computed);
            Assert.True(view.Position < sequence.Length);
            Assert.InRange(sequence.PageCount, 0, (sequence.Length + options.PageLength - 1) / options.PageLength);
        }
    }

    // What came from the prefix cache was written by steps that are complete, for the same salt.
    private void CheckHit(StepPlan plan, in StepSegment segment, Sequence sequence)
    {
        var hit = segment.FirstPosition / options.PageLength;
        foreach (var page in plan.Pages.AsSpan(segment.FirstPage, hit))
        {
            if (page >= 0)
            {
                Assert.True(_writers[page] < _completed, "a shared page's steps are complete");
                Assert.Equal(_salts[page], sequence.Salt);
            }
        }
    }

    // Running sequences stand in order; whoever waits although it goes before a running one waits for a prefix, or was set back
    // or arrived after that one had joined.
    private void CheckOrder()
    {
        for (var i = 1; i < scheduler.Running.Length; i++)
        {
            Assert.True(scheduler.Running[i - 1].Before(scheduler.Running[i]), "running sequences stand in order");
        }
        foreach (var running in scheduler.Running)
        {
            var view = _views[running.Id];
            if (view.Ran)
            {
                continue;
            }
            view.Ran = true;
            for (
                var waiting = scheduler.Waiting.First;
                waiting != null && waiting.Before(running);
                waiting = waiting.Next
            )
            {
                Assert.True(
                    waiting.Producer is { State: SequenceState.Running },
                    "a sequence was passed by a later one"
                );
            }
        }
        foreach (var sequence in _sequences)
        {
            _views[sequence.Id].Ran = sequence.State == SequenceState.Running;
        }
    }

    private sealed class SequenceView(Sequence sequence)
    {
        public Sequence Sequence => sequence;

        public int Position { get; set; }

        public int LengthAtJoin { get; set; }

        public bool SampleOutstanding { get; set; }

        public bool Ran { get; set; }
    }
}
