using System.Collections.Concurrent;

namespace Tandem.Bench.Soak;

/// <summary>Counts how requests ended.</summary>
internal sealed class Tally
{
    private static readonly HashSet<string> s_refusals = ["429", "503"];

    private readonly ConcurrentDictionary<(Behaviour Behaviour, string Outcome), int> _counts = [];

    /// <summary>All that have ended.</summary>
    public int Count => _counts.Values.Sum();

    /// <summary>Those that were sent away for lack of room.</summary>
    public int Refused => _counts.Where(count => s_refusals.Contains(count.Key.Outcome)).Sum(count => count.Value);

    /// <summary>Those that ended as they should not have.</summary>
    public int Wrong => _counts.Where(count => !IsRight(count.Key)).Sum(count => count.Value);

    /// <summary>Counts one.</summary>
    public void Add(Behaviour behaviour, string outcome) =>
        _counts.AddOrUpdate((behaviour, outcome), 1, (_, count) => count + 1);

    /// <summary>Prints all counts.</summary>
    public void Print()
    {
        foreach (var ((behaviour, outcome), count) in _counts.OrderBy(count => count.Key))
        {
            Console.WriteLine(
                $"{behaviour, -12} {outcome, -8} {count, 8}{(IsRight((behaviour, outcome)) ? "" : "  WRONG")}"
            );
        }
    }

    private static bool IsRight((Behaviour Behaviour, string Outcome) ended) =>
        s_refusals.Contains(ended.Outcome)
        || ended.Outcome == "200" && ended.Behaviour != Behaviour.Mistake
        || ended.Outcome == "400" && ended.Behaviour == Behaviour.Mistake
        || ended.Outcome == "left" && ended.Behaviour == Behaviour.Disconnect;
}
