using System.Diagnostics;

namespace Tandem.Scheduling;

/// <summary>
/// The pages of the KV cache as numbers with reference counts. A page is a logical id: it means the same positions' keys and
/// values in the cache of every stage and rank. Allocates nothing after construction.
/// </summary>
internal sealed class PagePool
{
    private readonly int[] _references;
    private readonly int[] _free;

    /// <summary>A pool of so many pages, all free.</summary>
    public PagePool(int pages)
    {
        _references = new int[pages];
        _free = new int[pages];
        for (var i = 0; i < pages; i++)
        {
            _free[i] = pages - 1 - i;
        }
        Free = pages;
    }

    /// <summary>Pages in all.</summary>
    public int Count => _references.Length;

    /// <summary>Pages that nobody refers to.</summary>
    public int Free { get; private set; }

    /// <summary>How many refer to a page.</summary>
    public int References(int page) => _references[page];

    /// <summary>Takes a free page with one reference.</summary>
    public int Allocate()
    {
        Debug.Assert(Free > 0, "a page is only asked for when one is free");
        var page = _free[--Free];
        Debug.Assert(_references[page] == 0, "a free page has no references");
        _references[page] = 1;
        return page;
    }

    /// <summary>Adds a reference to a page that has one; returns how many it has now.</summary>
    public int Retain(int page)
    {
        Debug.Assert(_references[page] > 0, "a free page cannot be shared");
        return ++_references[page];
    }

    /// <summary>Takes a reference away; returns how many are left. With none the page is free.</summary>
    public int Release(int page)
    {
        Debug.Assert(_references[page] > 0, "a page is not released more often than it was taken");
        if (--_references[page] == 0)
        {
            _free[Free++] = page;
        }
        return _references[page];
    }
}
