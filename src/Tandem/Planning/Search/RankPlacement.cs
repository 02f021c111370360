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
    /// <summary>Takes ranks for equal that differ in nothing but where they are.</summary>
    public static readonly EqualityComparer<RankPlacement> Alike = EqualityComparer<RankPlacement>.Create(
        (one, other) =>
            (one!.Threads, one.Heads, one.FeedForward, one.Vocabulary)
                == (other!.Threads, other.Heads, other.FeedForward, other.Vocabulary)
            && one.Machine == other.Machine,
        rank => rank.Heads.GetHashCode()
    );
}
