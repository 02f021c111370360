using Tandem.Plans;

namespace Tandem.Scheduling;

/// <summary>
/// One request as the scheduler sees it: tokens (the prompt, then what was generated) and how far they are computed. The
/// scheduler alone changes it.
/// </summary>
internal sealed class Sequence
{
    private int[] _tokens;
    private int[] _proposed = [];
    private int _proposedCount;

    /// <summary>A sequence that is to be added to a scheduler.</summary>
    /// <param name="prompt">The prompt's ids; copied.</param>
    /// <param name="generatedMax">How many tokens to generate at most; 0 computes the prompt and samples nothing.</param>
    /// <param name="sampling">How tokens are chosen.</param>
    public Sequence(ReadOnlySpan<int> prompt, int generatedMax, SamplingParameters sampling)
    {
        _tokens = prompt.ToArray();
        Length = PromptLength = prompt.Length;
        GeneratedMax = generatedMax;
        Sampling = sampling;
    }

    /// <summary>Higher goes first; a level is worth <see cref="SchedulerOptions.PriorityStep"/> of waiting.</summary>
    public int Priority { get; init; }

    /// <summary>Pages are shared only between sequences of equal salt.</summary>
    public string? Salt { get; init; }

    /// <summary>
    /// The last hidden states of all its prompt's tokens are wanted, so no part of it is taken from the prefix cache.
    /// </summary>
    public bool Embed { get; init; }

    /// <summary>Whatever the caller wants to find again.</summary>
    public object? Owner { get; set; }

    /// <summary>How its tokens are chosen.</summary>
    public SamplingParameters Sampling { get; }

    /// <summary>Counts up in order of arrival.</summary>
    public long Id { get; set; } = -1;

    /// <summary>Where it stands.</summary>
    public SequenceState State { get; set; }

    /// <summary>Prompt and generated tokens.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Tokens that are known.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Tokens generated so far.</summary>
    public int Generated => Length - PromptLength;

    /// <summary>Tokens to generate at most; the scheduler cuts it to what the context has room for.</summary>
    public int GeneratedMax { get; set; }

    /// <summary>Tokens of the prompt that came from the prefix cache when it joined first.</summary>
    public int CachedTokens { get; set; }

    /// <summary>How often it was set back.</summary>
    public int SetBacks { get; set; }

    /// <summary>
    /// Guesses at its next tokens. The step that samples its next token computes them as well, each as if those before it were right, and
    /// keeps those that are; what is chosen does not depend on them.
    /// </summary>
    internal ReadOnlySpan<int> Proposed => _proposed.AsSpan(0, _proposedCount);

    /// <summary>Proposed tokens that steps have computed, so far.</summary>
    internal long ProposedTokens { get; set; }

    /// <summary>Those of them that were right.</summary>
    internal long AcceptedTokens { get; set; }

    /// <summary>Order among all sequences, smallest first: arrival, moved by priority. Equal ones go by id.</summary>
    internal long OrderKey { get; set; }

    /// <summary>Positions [0, Planned) are in the cache or in plans that were handed out.</summary>
    internal int Planned { get; set; }

    /// <summary>Positions [0, Computed) are in the cache: every step that writes them is complete.</summary>
    internal int Computed { get; set; }

    /// <summary>Steps that name it and are not complete.</summary>
    internal int InFlight { get; set; }

    /// <summary>A step that samples its next token is not complete.</summary>
    internal bool SampleOutstanding { get; set; }

    /// <summary>Its number among running sequences; −1 without one.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>Entry p is the page of positions p × page length onwards, or −1 where no layer needs it any more.</summary>
    internal int[] PageTable { get; private set; } = [];

    /// <summary>Entries of the table that are in use.</summary>
    internal int PageCount { get; set; }

    /// <summary>Entries [0, FirstPage) are −1.</summary>
    internal int FirstPage { get; set; }

    /// <summary>Entries [0, CachedPages) are in the prefix tree.</summary>
    internal int CachedPages { get; set; }

    /// <summary>The tree's node of entry CachedPages − 1; <see cref="PrefixTree.None"/> for none.</summary>
    internal int CacheNode { get; set; } = PrefixTree.None;

    /// <summary>Whether its pages go into the prefix tree.</summary>
    internal bool Remembered { get; set; }

    /// <summary>The running sequence that is about to complete pages of its prompt, for which it waits.</summary>
    internal Sequence? Producer { get; set; }

    /// <summary>How many pages it shares with that one.</summary>
    internal int ProducedPages { get; set; }

    /// <summary>The list that it is in, and its neighbours there.</summary>
    internal SequenceList? List { get; set; }

    internal Sequence? Previous { get; set; }

    internal Sequence? Next { get; set; }

    /// <summary>Whether it goes before another.</summary>
    internal bool Before(Sequence other) => OrderKey != other.OrderKey ? OrderKey < other.OrderKey : Id < other.Id;

    /// <summary>Makes room for all its tokens and pages, so that nothing is allocated while it generates.</summary>
    /// <param name="pageLength">Positions in a page.</param>
    /// <param name="proposalsMax">Guesses that a step may have.</param>
    internal void Reserve(int pageLength, int proposalsMax)
    {
        var lengthMax = PromptLength + GeneratedMax;
        if (_tokens.Length < lengthMax)
        {
            Array.Resize(ref _tokens, lengthMax);
        }
        if (PageTable.Length == 0)
        {
            _proposed = new int[proposalsMax];
            PageTable = new int[(lengthMax + pageLength - 1) / pageLength];
        }
    }

    /// <summary>Appends a generated token.</summary>
    internal void Append(int token) => _tokens[Length++] = token;

    /// <summary>Replaces the guesses at its next tokens; a running sequence takes as many as a step may have.</summary>
    internal void Propose(ReadOnlySpan<int> tokens)
    {
        _proposedCount = Math.Min(tokens.Length, _proposed.Length);
        tokens[.._proposedCount].CopyTo(_proposed);
    }
}
