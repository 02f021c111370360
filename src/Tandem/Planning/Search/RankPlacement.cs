using Tandem.Planning.Profiles;

namespace Tandem.Planning.Search;

/// <summary>Where a rank is, and what share of its stage's layers it has.</summary>
/// <param name="Machine">What its units can do.</param>
/// <param name="Instance">Which of all machines it is on.</param>
/// <param name="Threads">Its units.</param>
/// <param name="Heads">Its share of the query heads, from 0 to 1.</param>
/// <param name="FeedForward">Its share of the feed-forward.</param>
/// <param name="Vocabulary">Its share of the vocabulary.</param>
internal sealed record RankPlacement(
    MachineProfile Machine,
    int Instance,
    int Threads,
    double Heads,
    double FeedForward,
    double Vocabulary
)
{
    /// <summary>Whether another rank differs in nothing but where it is.</summary>
    public bool IsLike(RankPlacement other) =>
        (Threads, Heads, FeedForward, Vocabulary) == (other.Threads, other.Heads, other.FeedForward, other.Vocabulary)
        && Machine == other.Machine;

    /// <summary>The first of each of those that differ in more than where they are.</summary>
    public static List<RankPlacement> Different(IReadOnlyList<RankPlacement> ranks)
    {
        var different = new List<RankPlacement>();
        foreach (var rank in ranks)
        {
            if (!different.Exists(rank.IsLike))
            {
                different.Add(rank);
            }
        }
        return different;
    }
}
