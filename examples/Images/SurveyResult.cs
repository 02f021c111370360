using Tandem.Parallel;

namespace Tandem.Examples.Images;

/// <summary>What all parts came to.</summary>
/// <param name="Confusion">How many images of a class were found to be of which class.</param>
/// <param name="Stages">What the stages of all pipelines did, summed.</param>
internal sealed record SurveyResult(
    SortedDictionary<(int Shown, int Found), long> Confusion,
    IReadOnlyList<StageFigures> Stages
)
{
    /// <summary>How many images were classified.</summary>
    public long Images => Confusion.Values.Sum();

    /// <summary>How many classes there are, as far as they were shown or found.</summary>
    public int Classes => 1 + Confusion.Keys.Max(pair => Math.Max(pair.Shown, pair.Found));

    /// <summary>How many of them rightly.</summary>
    public long Right => Confusion.Where(pair => pair.Key.Shown == pair.Key.Found).Sum(pair => pair.Value);
}
