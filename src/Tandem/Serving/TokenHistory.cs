namespace Tandem.Serving;

/// <summary>
/// The tokens of one sequence up to and including the row that is sampled, read through the sequence's page table.
/// </summary>
/// <param name="tokens">Token ids of all pages, [pages, page length].</param>
/// <param name="pages">The sequence's page table: entry p holds positions p × page length onwards.</param>
/// <param name="pageLength">Positions in a page.</param>
/// <param name="first">The first position that counts: those before it may have no page any more.</param>
/// <param name="length">How many tokens there are; also the position of the token that is chosen next.</param>
/// <param name="promptLength">How many of them are the prompt; the others were generated.</param>
internal readonly ref struct TokenHistory(
    ReadOnlySpan<int> tokens,
    ReadOnlySpan<int> pages,
    int pageLength,
    int first,
    int length,
    int promptLength
)
{
    private readonly ReadOnlySpan<int> _tokens = tokens;
    private readonly ReadOnlySpan<int> _pages = pages;

    /// <summary>The first position that may be read.</summary>
    public int First => first;

    /// <summary>How many tokens there are; also the position of the token that is chosen next.</summary>
    public int Length => length;

    /// <summary>How many of them are the prompt.</summary>
    public int PromptLength => promptLength;

    /// <summary>The token at a position, from <see cref="First"/> to before <see cref="Length"/>.</summary>
    public int this[int position] => _tokens[_pages[position / pageLength] * pageLength + position % pageLength];
}
