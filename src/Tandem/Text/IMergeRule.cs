namespace Tandem.Text;

/// <summary>What a vocabulary says about joining: where a text's symbols begin, and which neighbours join next.</summary>
internal interface IMergeRule
{
    /// <summary>The length in bytes of the first symbol of a text, and its token, or −1 where it has none.</summary>
    int First(ReadOnlySpan<byte> text, out int id);

    /// <summary>Whether two neighbours join.</summary>
    /// <param name="both">The bytes of both.</param>
    /// <param name="left">The left one's token, or −1.</param>
    /// <param name="right">The right one's token, or −1.</param>
    /// <param name="priority">The smallest joins first, and among equals the leftmost.</param>
    /// <param name="joined">The joined token.</param>
    bool TryJoin(ReadOnlySpan<byte> both, int left, int right, out uint priority, out int joined);
}
