using Tandem.Plans;
using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

/// <summary>
/// A scheduler with random bounds under random arrivals, cancellations and orders of events, all from one seed. After every event
/// the invariants are asserted.
/// </summary>
internal sealed class World
{
    private readonly Random _random;
    private readonly SchedulerOptions _options;
    private readonly Scheduler _scheduler;
    private readonly Invariants _invariants;
    private readonly FakeModel[] _stages; // the first runs a step when it is handed out, the last when it is complete
    private readonly StepResult _result;
    private readonly Queue<StepPlan> _inFlight = new();
    private readonly List<Guest> _guests = [];
    private readonly int _vocabulary;
    private readonly int _guestsMax;
    private long _now;

    public World(int seed)
    {
        _random = new Random(seed);
        var sequencesMax = _random.Next(1, 9);
        var pageLength = _random.Next(1, 9);
        int? window = _random.Next(3) == 0 ? _random.Next(1, _random.Next(2) == 0 ? 4 : 24) : null;
        _options = new SchedulerOptions
        {
            Pages = _random.Next(1, 8 + 3 * sequencesMax) + (window is null ? 0 : 4),
            PageLength = pageLength,
            Context = _random.Next(4, 64),
            SequencesMax = sequencesMax,
            StepTokensMax = sequencesMax + _random.Next(1, 24),
            MixedPromptTokensMax = _random.Next(0, 24),
            ProposalsMax = _random.Next(3) == 0 ? 0 : _random.Next(1, 20),
            Depth = _random.Next(1, 5),
            PrefixCache = _random.Next(4) != 0,
            Window = window,
            PriorityStep = TimeSpan.FromTicks(_random.Next(1, 40)),
        };
        _vocabulary = _random.Next(2, 6);
        _guestsMax = _random.Next(1, 24);
        _scheduler = new Scheduler(_options);
        _stages = new FakeModel[_options.Depth];
        for (var i = 0; i < _stages.Length; i++)
        {
            _stages[i] = new FakeModel(_options.Pages, pageLength, window, _vocabulary);
        }
        _result = new StepResult(_options.SampledRowsMax, 1);
        _invariants = new Invariants(_options, _scheduler);
    }

    /// <summary>What the run has seen, so that a test can say that it saw everything.</summary>
    public (long Steps, long SetBacks, long PrefixTokensHit, long Removed, long Finished) Seen { get; private set; }

    /// <summary>How many proposed tokens were computed, and how many of them were right.</summary>
    public (long Proposed, long Accepted) Speculated => (_scheduler.ProposedTokens, _scheduler.AcceptedTokens);

    /// <summary>Runs so many steps with arrivals, then lets everyone finish.</summary>
    public void Run(int steps)
    {
        while (Seen.Steps < steps)
        {
            switch (_random.Next(8))
            {
                case 0 or 1 when _guests.Count < _guestsMax:
                    Arrive();
                    break;
                case 2 when _guests.Count > 0 && _random.Next(4) == 0:
                    Cancel(_guests[_random.Next(_guests.Count)]);
                    break;
                default:
                    Advance();
                    break;
            }
        }
        // Everyone has a bounded number of tokens, each step brings one forward at least, and nobody loses tokens by being set back.
        var stepsMax = Seen.Steps + 4L * _guests.Count * _options.Context + _options.Depth;
        while (_guests.Count > 0)
        {
            Advance();
            Assert.True(Seen.Steps <= stepsMax, "a sequence does not come to its end");
        }
        while (_inFlight.Count > 0)
        {
            Complete();
        }
        Assert.False(_scheduler.HasWork);
        Assert.Equal(_options.Pages, _scheduler.Cache.Available);
        Seen = Seen with { SetBacks = _scheduler.SetBacks, PrefixTokensHit = _scheduler.PrefixTokensHit };
    }

    private void Advance()
    {
        var completes = _inFlight.Count == _options.Depth || (_inFlight.Count > 0 && _random.Next(2) == 0);
        if (completes || !Hand())
        {
            if (_inFlight.Count > 0)
            {
                Complete();
            }
            else
            {
                Assert.False(_scheduler.HasWork, "there is work, no plan is under way, and none comes");
                if (_guests.Count == 0)
                {
                    Arrive();
                }
            }
        }
    }

    private void Arrive()
    {
        // Prompts are made of few beginnings and few tokens, so that prefixes are shared in every possible way.
        var prompt = new int[_random.Next(1, _scheduler.LengthMax + 1)];
        var same = _random.Next(prompt.Length + 1);
        var shared = new Random(_random.Next(3));
        for (var i = 0; i < prompt.Length; i++)
        {
            prompt[i] = (i < same ? shared : _random).Next(_vocabulary);
        }
        var generatedMax = prompt.Length == _scheduler.LengthMax ? 0 : _random.Next(0, 50);
        var guest = new Guest(
            FakeModel.Alone(
                prompt,
                Math.Min(generatedMax, _scheduler.LengthMax - prompt.Length),
                _options.Window,
                _vocabulary
            )
        );
        guest.Sequence = new Sequence(prompt, generatedMax, SamplingParameters.Greedy)
        {
            Priority = _random.Next(-2, 3),
            Salt = _random.Next(3) switch
            {
                0 => null,
                var salt => salt.ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
            Embed = generatedMax == 0 && _random.Next(2) == 0,
            Owner = guest,
        };
        _now += _random.Next(0, 20);
        _scheduler.Add(guest.Sequence, TimeSpan.FromTicks(_now));
        _guests.Add(guest);
        _invariants.Joined(guest.Sequence);
        _invariants.Check();
    }

    private void Cancel(Guest guest)
    {
        _scheduler.Remove(guest.Sequence);
        _guests.Remove(guest);
        Seen = Seen with { Removed = Seen.Removed + 1 };
        _invariants.Check();
    }

    // Some of what will be chosen, now and then with an error, and beyond the end.
    private void Propose()
    {
        for (var sequence = _scheduler.Ready.First; sequence is not null; sequence = sequence.Next)
        {
            var guest = (Guest)sequence.Owner!;
            var guesses = new int[_random.Next(0, 8)];
            for (var i = 0; i < guesses.Length; i++)
            {
                var at = guest.Heard + i;
                guesses[i] =
                    at < guest.Expected.Length && _random.Next(5) != 0 ? guest.Expected[at] : _random.Next(_vocabulary);
            }
            sequence.Propose(guesses);
        }
    }

    private bool Hand()
    {
        Propose();
        var plan = _scheduler.Next();
        if (plan is not null)
        {
            _invariants.Handed(plan);
            _inFlight.Enqueue(plan);
            if (_stages.Length > 1)
            {
                _stages[0].Run(plan, _result);
            }
        }
        _invariants.Check();
        return plan is not null;
    }

    private void Complete()
    {
        var plan = _inFlight.Dequeue();
        foreach (var stage in _stages.AsSpan(Math.Min(1, _stages.Length - 1)))
        {
            stage.Run(plan, _result);
        }
        foreach (var sampled in _scheduler.Complete(_result))
        {
            var guest = (Guest)sampled.Sequence.Owner!;
            Assert.Contains(guest, _guests);
            if (sampled.Row >= 0 && !sampled.Sequence.Embed)
            {
                Assert.Equal(guest.Expected[guest.Heard++], _result.TokenIds[sampled.Row]);
                var position = sampled.Sequence.PromptLength + guest.Heard - 1;
                Assert.Equal(_result.TokenIds[sampled.Row], sampled.Sequence.Tokens[position]);
            }
            Assert.Equal(guest.Heard == guest.Expected.Length, sampled.Last);
            if (sampled.Last)
            {
                _guests.Remove(guest);
                Seen = Seen with { Finished = Seen.Finished + 1 };
            }
        }
        Seen = Seen with { Steps = Seen.Steps + 1 };
        _invariants.Completed(plan, _result);
        _invariants.Check();
    }

    private sealed class Guest(int[] expected)
    {
        public int[] Expected => expected;

        public int Heard { get; set; }

        public Sequence Sequence { get; set; } = null!;
    }
}
