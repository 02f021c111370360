namespace Tandem.Scheduling;

/// <summary>How much of a prompt the prefix tree has.</summary>
/// <param name="FirstPage">First page that a layer still needs: 0, or later where every layer's window has passed it.</param>
/// <param name="PageCount">How many pages of the prompt need not be computed.</param>
/// <param name="Node">The tree's node of the last of them; <see cref="PrefixTree.None"/> for no hit.</param>
internal readonly record struct PrefixHit(int FirstPage, int PageCount, int Node);
