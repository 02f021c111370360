using System.Diagnostics;

namespace Tandem.Scheduling;

/// <summary>
/// The pages of the KV cache with what is remembered in them: a page is free, in use by sequences, in the prefix tree, or both of
/// the latter. Pages that only the tree refers to count as available, as they are given up when one is needed.
/// </summary>
internal sealed class PageCache
{
    private readonly PagePool _pool;
    private readonly PrefixTree? _tree;
    private readonly int _pageLength;
    private readonly int? _window;

    /// <summary>A cache with nothing in it.</summary>
    public PageCache(SchedulerOptions options)
    {
        (_pageLength, _window) = (options.PageLength, options.Window);
        _pool = new PagePool(options.Pages);
        // With windows, nodes outlive their pages, and a path spells a whole context although the cache holds its end alone.
        const int NodesAPage = 4;
        var nodes = _window is null ? options.Pages : NodesAPage * (options.Pages + PagesFor(options.Context));
        _tree = options.PrefixCache ? new PrefixTree(_pool, _pageLength, nodes) : null;
    }

    /// <summary>Pages in all.</summary>
    public int Count => _pool.Count;

    /// <summary>Pages that can be had: free ones, and those that only the prefix tree refers to.</summary>
    public int Available => _pool.Free + (_tree?.UnusedPages ?? 0);

    /// <summary>Whether prefixes are remembered.</summary>
    public bool Shared => _tree is not null;

    /// <summary>How many refer to a page, the tree included.</summary>
    public int References(int page) => _pool.References(page);

    /// <summary>Whether the prefix tree refers to a page.</summary>
    public bool Holds(int page) => _tree is not null && _tree.Holds(page);

    /// <summary>Pages that so many positions take.</summary>
    public int PagesFor(int positions) => (positions + _pageLength - 1) / _pageLength;

    /// <summary>The first page that the row at a position, or any later row, reads or writes.</summary>
    public int FirstPageFor(int position) =>
        _window is { } window ? Math.Max(0, position - window + 1) / _pageLength : 0;

    /// <summary>Takes a page with one reference, giving up the least recently used of the remembered ones if none is free.</summary>
    public int Allocate()
    {
        Debug.Assert(Available > 0, "a page is only asked for when one is available");
        if (_pool.Free == 0)
        {
            _tree!.EvictOldest();
        }
        return _pool.Allocate();
    }

    /// <summary>Adds a reference.</summary>
    public void Retain(int page)
    {
        if (_pool.Retain(page) == 2 && Holds(page))
        {
            _tree!.MarkUsed(page);
        }
    }

    /// <summary>Takes a reference away.</summary>
    public void Release(int page)
    {
        if (_pool.Release(page) == 1 && Holds(page))
        {
            _tree!.MarkUnused(page);
        }
    }

    /// <summary>The longest prefix whose pages are all there, as far as a layer needs them.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="salt">Whose pages may be used.</param>
    /// <param name="pages">Where the pages go; those of the hit count.</param>
    public PrefixHit Find(ReadOnlySpan<int> tokens, string? salt, Span<int> pages)
    {
        var best = new PrefixHit(0, 0, PrefixTree.None);
        if (_tree is null)
        {
            return best;
        }
        var (node, run) = (PrefixTree.None, 0);
        for (var count = 1; count * _pageLength <= tokens.Length; count++)
        {
            node = _tree.Child(node, salt, tokens.Slice((count - 1) * _pageLength, _pageLength));
            if (node == PrefixTree.None)
            {
                break;
            }
            pages[count - 1] = _tree.PageOf(node);
            run = pages[count - 1] == PrefixTree.None ? 0 : run + 1;
            // The last page is always held, as the next remembered one hangs below it.
            var first = Math.Min(FirstPageFor(count * _pageLength), count - 1);
            if (run >= count - first)
            {
                best = new PrefixHit(first, count, node);
            }
        }
        return best;
    }

    /// <summary>
    /// Remembers the page behind a sequence's remembered ones: all its positions are computed. Where that prefix has a page already, the
    /// sequence goes over to it. False where that has to wait for the sequence's steps under way, or cannot be.
    /// </summary>
    public bool Remember(Sequence sequence)
    {
        Debug.Assert(_tree is not null, "without a tree nothing is remembered");
        var index = sequence.CachedPages;
        var own = sequence.PageTable[index];
        var tokens = sequence.Tokens.Slice(index * _pageLength, _pageLength);
        var node = _tree.Add(sequence.CacheNode, sequence.Salt, tokens, own);
        if (node == PrefixTree.None)
        {
            sequence.Remembered = false;
            return false;
        }
        var page = _tree.PageOf(node);
        if (page != own)
        {
            if (sequence.InFlight > 0)
            {
                return false;
            }
            Retain(page);
            Release(own);
            sequence.PageTable[index] = page;
        }
        (sequence.CacheNode, sequence.CachedPages) = (node, index + 1);
        return true;
    }

    /// <summary>Lets go of pages that every layer's window has passed, but for the one that the next remembered page hangs below.</summary>
    public void DropPassed(Sequence sequence)
    {
        var first = FirstPageFor(sequence.Computed);
        if (sequence.Remembered)
        {
            first = Math.Min(first, sequence.CachedPages - 1);
        }
        for (; sequence.FirstPage < first; sequence.FirstPage++)
        {
            Release(sequence.PageTable[sequence.FirstPage]);
            sequence.PageTable[sequence.FirstPage] = PrefixTree.None;
        }
    }

    /// <summary>Lets go of pages behind those of a sequence's first so many positions; nobody else has them.</summary>
    public void ReleaseBehind(Sequence sequence, int positions)
    {
        for (var pages = PagesFor(positions); sequence.PageCount > pages; )
        {
            var page = sequence.PageTable[--sequence.PageCount];
            Debug.Assert(References(page) == 1, "what is behind the known tokens is shared with nobody");
            Release(page);
        }
    }

    /// <summary>Lets go of all pages of a sequence, the last first: of what stays remembered, ends of paths are the oldest.</summary>
    public void ReleaseAll(Sequence sequence)
    {
        for (var i = sequence.PageCount - 1; i >= sequence.FirstPage; i--)
        {
            Release(sequence.PageTable[i]);
        }
        (sequence.FirstPage, sequence.PageCount) = (0, 0);
        (sequence.CachedPages, sequence.CacheNode) = (0, PrefixTree.None);
    }
}
