namespace Tandem.Text.Splitting;

/// <summary>
/// What a byte-level vocabulary's <c>tokenizer.ggml.pre</c> stands for. Each rule cuts the parts that the one before left.
/// </summary>
/// <param name="Names">The names that mean it; the first is the common one.</param>
/// <param name="Rules">The rules, in order.</param>
/// <param name="WholeWords">Whether a part that is a token is taken as it stands, without merging (<c>ignore_merges</c>).</param>
/// <param name="AddsBos">Whether prompts begin with BOS where the file does not say.</param>
internal sealed record PreTokenizer(string[] Names, Splitter[] Rules, bool WholeWords = false, bool AddsBos = false)
{
    /// <summary>Appends the end of each part of a text, in order.</summary>
    public void Split(ReadOnlySpan<byte> text, List<int> ends) => Split(text, 0, 0, ends);

    private void Split(ReadOnlySpan<byte> text, int offset, int rule, List<int> ends)
    {
        if (rule == Rules.Length)
        {
            ends.Add(offset + text.Length);
            return;
        }
        for (var start = 0; start < text.Length; )
        {
            var end = Rules[rule].End(text, start);
            Split(text[start..end], offset + start, rule + 1, ends);
            start = end;
        }
    }
}
