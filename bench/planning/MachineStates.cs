using Tandem.Bench.Measuring;

namespace Tandem.Bench.Planning;

/// <summary>
/// The states that a host puts this machine into, with a profile of each: two virtual cores may be behind one cache and share its way to memory, or
/// behind two and be far from each other, and that may change any minute.
/// </summary>
internal sealed class MachineStates(JsonProgram tandem) : IDisposable
{
    private const int TriesMax = 6;
    private const double Same = 1.5;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-planning-");
    private readonly List<(double Nanoseconds, string Profile)> _states = [];
    private int _stale; // so many of the first are not looked at any more

    /// <summary>Runs that were repeated, as the machine was in another state behind them than before.</summary>
    public int Repeated { get; private set; }

    /// <summary>The states so far, as text.</summary>
    public string Text => string.Join(", ", _states.Select(state => $"cores {state.Nanoseconds:f0} ns apart"));

    /// <summary>Measures each state's profile anew when it comes again: what the machine can do changes within a state as well.</summary>
    public void MeasureAnew() => _stale = _states.Count;

    /// <summary>Runs something with a profile of the state in which the machine is before it and after.</summary>
    /// <param name="run">Gets the profile's file.</param>
    /// <param name="triesMax">How often at most, whatever the machine does; the last one's result stays.</param>
    public T Run<T>(Func<string, T> run, int triesMax = TriesMax)
    {
        for (var tries = 1; ; tries++)
        {
            var profile = Profile(out var distance);
            var result = run(profile);
            if (AreSame(distance, CoreDistance.Nanoseconds()) || tries == triesMax)
            {
                return result;
            }
            Repeated++;
        }
    }

    /// <summary>A profile of the state in which the machine is.</summary>
    public string Profile() => Profile(out _);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private string Profile(out double distance)
    {
        for (var tries = 1; ; tries++)
        {
            var before = distance = CoreDistance.Nanoseconds();
            if (
                _states.Skip(_stale).FirstOrDefault(state => AreSame(state.Nanoseconds, before)) is
                { Profile: { } known }
            )
            {
                return known;
            }
            var path = Path.Combine(_folder.FullName, $"{_states.Count}.json");
            tandem.Run("profile", "--output", path, "--json");
            if (AreSame(before, CoreDistance.Nanoseconds()) || tries == TriesMax)
            {
                _states.Add((before, path));
                return path;
            }
        }
    }

    private static bool AreSame(double one, double other) => Math.Max(one, other) <= Same * Math.Min(one, other);
}
