using Tandem.Bench.Measuring;

namespace Tandem.Bench.Planning;

/// <summary>
/// The states that a host puts this machine into, with a profile of each: two virtual cores may be behind one cache and share its way to memory, or
/// behind two and be far from each other, and that may change any minute.
/// </summary>
internal sealed class MachineStates(JsonProgram tandem) : IDisposable
{
    private const int TriesMax = 6;
    private const double Same = 2; // what the same state shows differs by half, another is four times as far
    private const double OtherShareMax = 0.1; // while a profile is measured
    private const int ProfileTriesMax = 3;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-planning-");
    private readonly List<(double Nanoseconds, string Profile)> _states = [];
    private int _stale; // so many of the first are not looked at any more

    /// <summary>Runs that were repeated, as the machine was in another state in their second half than before them.</summary>
    public int Repeated { get; private set; }

    /// <summary>The states so far, as text.</summary>
    public string Text => string.Join(", ", _states.Select(state => $"cores {state.Nanoseconds:f0} ns apart"));

    /// <summary>Measures each state's profile anew when it comes again: what the machine can do changes within a state as well.</summary>
    public void MeasureAnew() => _stale = _states.Count;

    /// <summary>Runs something with a profile of the state in which the machine is before it, and in its second half, which is the one that is measured.</summary>
    /// <param name="run">Gets the profile's file.</param>
    public T Run<T>(Func<string, T> run)
    {
        for (var tries = 1; ; tries++)
        {
            var profile = Profile(out var distance);
            var (result, seen) = CoreDistance.During(() => run(profile));
            if (seen.Skip(seen.Count / 2).All(other => AreSame(distance, other.Nanoseconds)) || tries == TriesMax)
            {
                return result;
            }
            Repeated++;
        }
    }

    /// <summary>Runs something that takes longer than the machine stays in a state.</summary>
    /// <returns>
    /// What it gives, and the profiles' files from the beginning on, each from the second on in which it holds: in the first half those that were measured before,
    /// in the second those behind, as the machine does not stay as fast as it is. Of states that it was in neither before nor behind, the nearest one's.
    /// </returns>
    public (T Result, IReadOnlyList<(double AtSeconds, string Profile)> States) Watch<T>(Func<T> run)
    {
        var before = Anew();
        var (result, seen) = CoreDistance.During(run);
        return (result, InOrder(seen, before, behind: Anew()));
    }

    /// <summary>A profile of the state in which the machine is.</summary>
    public string Profile() => Profile(out _);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private IEnumerable<(double Nanoseconds, string Profile)> Current => _states.Skip(_stale);

    private (double Nanoseconds, string Profile) Anew()
    {
        MeasureAnew();
        Profile();
        return _states[^1];
    }

    private static List<(double AtSeconds, string Profile)> InOrder(
        IReadOnlyList<(double AtSeconds, double Nanoseconds)> seen,
        (double Nanoseconds, string Profile) before,
        (double Nanoseconds, string Profile) behind
    )
    {
        var states = new List<(double AtSeconds, string Profile)>();
        foreach (var (atSeconds, nanoseconds) in seen)
        {
            double Far((double Nanoseconds, string) state) => Math.Abs(Math.Log(state.Nanoseconds / nanoseconds));
            var half = atSeconds < seen[^1].AtSeconds / 2 ? before : behind;
            var nearest = Far(before) < Far(behind) ? before : behind;
            var profile = (AreSame(half.Nanoseconds, nanoseconds) ? half : nearest).Profile;
            if (states.Count == 0 || states[^1].Profile != profile)
            {
                states.Add((atSeconds, profile));
            }
        }
        return states;
    }

    private string Profile(out double distance)
    {
        for (var tries = 1; ; tries++)
        {
            var before = distance = CoreDistance.Nanoseconds();
            if (Current.FirstOrDefault(state => AreSame(state.Nanoseconds, before)) is { Profile: { } known })
            {
                return known;
            }
            var path = Path.Combine(_folder.FullName, $"{_states.Count}.json");
            var (_, seen) = CoreDistance.During(() => tandem.Run("profile", "--output", path, "--json"));
            if (
                Share([.. seen.Select(one => one.Nanoseconds)], before) >= 1 - OtherShareMax
                || tries == ProfileTriesMax
            )
            {
                _states.Add((before, path));
                return path;
            }
        }
    }

    private static double Share(List<double> seen, double distance) =>
        (double)seen.Count(other => AreSame(distance, other)) / seen.Count;

    private static bool AreSame(double one, double other) => Math.Max(one, other) <= Same * Math.Min(one, other);
}
