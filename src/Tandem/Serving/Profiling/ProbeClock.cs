namespace Tandem.Serving.Profiling;

/// <summary>Times pieces of work.</summary>
/// <param name="time">The clock.</param>
/// <param name="cancellation">Ends the measuring.</param>
internal sealed class ProbeClock(TimeProvider time, CancellationToken cancellation)
{
    // Undisturbed, each half is measured well within it.
    private static readonly TimeSpan s_half = TimeSpan.FromSeconds(5.5);

    private const int RoundsMin = 5;
    private const int RoundsMax = 40;

    // What is measured for so long has seen more than one turn of whatever disturbs it.
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(12);

    // The compiler looks at what is called often only after a tenth of a second in which nothing new was.
    private static readonly TimeSpan s_compiled = TimeSpan.FromMilliseconds(250);

    // A machine that is disturbed so much makes each round long, and no number of them right.
    private static readonly TimeSpan s_tooLong = TimeSpan.FromMilliseconds(60);

    // A round that took so many times as long as the median was interrupted, for longer than it lasts.
    private const double InterruptedMin = 2;

    private readonly long _begin = time.GetTimestamp();

    /// <summary>Whether so much time is gone that what is measured for the first time is to be measured at fewer points.</summary>
    public bool IsLate => time.GetElapsedTime(_begin) > s_half;

    /// <summary>Whether so much time is gone that nothing is to be measured again.</summary>
    public bool IsOver => time.GetElapsedTime(_begin) > 2 * s_half;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Does something for so long that it is compiled to its best.</summary>
    public void WarmUp(Action work)
    {
        var begin = time.GetTimestamp();
        while (time.GetElapsedTime(begin) < s_compiled)
        {
            cancellation.ThrowIfCancellationRequested();
            work();
        }
    }

    /// <summary>
    /// Seconds of a round, after one that warms up: the mean of those that were not interrupted. A model's step is as long as many rounds and takes as
    /// long as all of them together, with what disturbs the machine all the time.
    /// </summary>
    public double Seconds(Action work) => SecondsOfEach([work])[0];

    /// <summary>
    /// The same for several pieces of work, a round of each in turn: what disturbs a machine for some milliseconds then falls on few rounds of each,
    /// and not on all rounds of one.
    /// </summary>
    public IReadOnlyList<double> SecondsOfEach(IReadOnlyList<Action> works)
    {
        var pieces = works.Select(work => new Piece(work)).ToList();
        pieces.ForEach(piece => piece.Work());
        for (var going = pieces; going.Count > 0; going = going.FindAll(piece => piece.GoesOn))
        {
            foreach (var piece in going)
            {
                cancellation.ThrowIfCancellationRequested();
                var start = time.GetTimestamp();
                piece.Work();
                piece.Add(time.GetElapsedTime(start));
            }
        }
        return [.. pieces.Select(piece => piece.Seconds)];
    }

    private sealed class Piece(Action work)
    {
        private readonly List<TimeSpan> _rounds = [];
        private TimeSpan _elapsed;

        public Action Work => work;

        // By the fastest round: a disturbed one takes no other's place.
        public bool GoesOn =>
            _elapsed < s_tooLong
            && (_rounds.Count < RoundsMin || (_rounds.Count < RoundsMax && _rounds.Count * _rounds.Min() < s_long));

        public double Seconds
        {
            get
            {
                var median = _rounds.Order().ElementAt(_rounds.Count / 2);
                return _rounds.Where(round => round <= InterruptedMin * median).Average(round => round.TotalSeconds);
            }
        }

        public void Add(TimeSpan round)
        {
            _rounds.Add(round);
            _elapsed += round;
        }
    }
}
