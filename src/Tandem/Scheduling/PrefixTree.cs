using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tandem.Scheduling;

/// <summary>
/// The prefix cache: a radix tree whose edges are whole pages of token ids, so that a path from a root spells a prefix and each node
/// has the page with its keys and values (RadixAttention; Zheng et al.: "SGLang", 2024). Children are found through a hash of parent
/// and tokens, and the tokens are always compared. Each salt has a root of its own. The tree holds a reference to every page in it;
/// pages that only the tree refers to are kept in order of last use, and the oldest is given up first.
/// </summary>
/// <remarks>
/// Where every layer has a sliding window, a node can outlive its page: the path is still known, and a hit needs only
/// the last pages of it. Allocates nothing after construction.
/// </remarks>
internal sealed class PrefixTree
{
    /// <summary>No node, or no page.</summary>
    public const int None = -1;

    private readonly PagePool _pool;
    private readonly int _pageLength;
    private readonly Node[] _nodes;
    private readonly int[] _tokens; // [nodes, page length]
    private readonly string?[] _salts; // of a root's children alone
    private readonly int[] _buckets;
    private readonly int[] _nodeOfPage;
    private int _freeNode;
    private int _oldest = None;
    private int _newest = None;

    /// <summary>An empty tree.</summary>
    /// <param name="pool">The pages that it refers to.</param>
    /// <param name="pageLength">Positions in a page.</param>
    /// <param name="nodesMax">Paths longer than what these can spell are not cached.</param>
    public PrefixTree(PagePool pool, int pageLength, int nodesMax)
    {
        (_pool, _pageLength) = (pool, pageLength);
        _nodes = new Node[nodesMax];
        _tokens = new int[nodesMax * pageLength];
        _salts = new string?[nodesMax];
        _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, nodesMax))];
        _nodeOfPage = new int[pool.Count];
        _buckets.AsSpan().Fill(None);
        _nodeOfPage.AsSpan().Fill(None);
        for (var i = 0; i < nodesMax; i++)
        {
            _nodes[i].NextInBucket = i + 1 < nodesMax ? i + 1 : None;
        }
        _freeNode = nodesMax > 0 ? 0 : None;
    }

    /// <summary>Pages in the tree that nobody else refers to.</summary>
    public int UnusedPages { get; private set; }

    /// <summary>Whether a page is in the tree.</summary>
    public bool Holds(int page) => _nodeOfPage[page] != None;

    /// <summary>The page of a node, or <see cref="None"/>.</summary>
    public int PageOf(int node) => _nodes[node].Page;

    /// <summary>The node below <paramref name="parent"/> whose edge is these tokens, or <see cref="None"/>.</summary>
    /// <param name="parent">A node, or <see cref="None"/> for the root of <paramref name="salt"/>.</param>
    /// <param name="salt">Separates the roots.</param>
    /// <param name="tokens">A page of token ids.</param>
    public int Child(int parent, string? salt, ReadOnlySpan<int> tokens)
    {
        var hash = Hash(parent, salt, tokens);
        var node = _buckets[hash & (uint)(_buckets.Length - 1)];
        while (node != None && !Matches(node, hash, parent, salt, tokens))
        {
            node = _nodes[node].NextInBucket;
        }
        return node;
    }

    /// <summary>
    /// Puts a page below a node and returns its node there. Where the tree has such a node with another page already, that one stays
    /// (the caller can go over to it: equal prefixes have equal bits). <see cref="None"/> where there is no room.
    /// </summary>
    public int Add(int parent, string? salt, ReadOnlySpan<int> tokens, int page)
    {
        Debug.Assert(tokens.Length == _pageLength, "whole pages alone are shared");
        Debug.Assert(!Holds(page), "a page is in the tree once");
        var node = Child(parent, salt, tokens);
        if (node == None)
        {
            if (_freeNode == None)
            {
                return None;
            }
            node = Create(parent, salt, tokens);
        }
        if (_nodes[node].Page == None)
        {
            _nodes[node].Page = page;
            _nodeOfPage[page] = node;
            _pool.Retain(page);
        }
        return node;
    }

    /// <summary>Notes that only the tree refers to one of its pages from now on: it is the most recently used of these.</summary>
    public void MarkUnused(int page)
    {
        var node = _nodeOfPage[page];
        (_nodes[node].Older, _nodes[node].Newer) = (_newest, None);
        if (_newest == None)
        {
            _oldest = node;
        }
        else
        {
            _nodes[_newest].Newer = node;
        }
        _newest = node;
        UnusedPages++;
    }

    /// <summary>Notes that a page of the tree is referred to from outside again.</summary>
    public void MarkUsed(int page)
    {
        ref readonly var node = ref _nodes[_nodeOfPage[page]];
        if (node.Older == None)
        {
            _oldest = node.Newer;
        }
        else
        {
            _nodes[node.Older].Newer = node.Newer;
        }
        if (node.Newer == None)
        {
            _newest = node.Older;
        }
        else
        {
            _nodes[node.Newer].Older = node.Older;
        }
        UnusedPages--;
    }

    /// <summary>
    /// Gives up the least recently used of the unused pages; it is free then. Sequences release their last page first, so what
    /// hangs below a node is older than the node, and paths are given up from their ends.
    /// </summary>
    public void EvictOldest()
    {
        Debug.Assert(UnusedPages > 0, "eviction is only asked for when a page is unused");
        var node = _oldest;
        var page = _nodes[node].Page;
        MarkUsed(page);
        _nodes[node].Page = None;
        _nodeOfPage[page] = None;
        var left = _pool.Release(page);
        Debug.Assert(left == 0, "an unused page has the tree's reference alone");
        Prune(node);
    }

    private int Create(int parent, string? salt, ReadOnlySpan<int> tokens)
    {
        var node = _freeNode;
        _freeNode = _nodes[node].NextInBucket;
        var hash = Hash(parent, salt, tokens);
        ref var bucket = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        _nodes[node] = new Node
        {
            Parent = parent,
            Page = None,
            Hash = hash,
            NextInBucket = bucket,
        };
        bucket = node;
        tokens.CopyTo(_tokens.AsSpan(node * _pageLength));
        _salts[node] = parent == None ? salt : null;
        if (parent != None)
        {
            _nodes[parent].Children++;
        }
        return node;
    }

    // Removes a node that has neither page nor children, and the nodes above it of which the same is then true.
    private void Prune(int node)
    {
        while (node != None && _nodes[node].Page == None && _nodes[node].Children == 0)
        {
            var parent = _nodes[node].Parent;
            Unlink(node);
            _salts[node] = null;
            _nodes[node].NextInBucket = _freeNode;
            _freeNode = node;
            if (parent != None)
            {
                _nodes[parent].Children--;
            }
            node = parent;
        }
    }

    private void Unlink(int node)
    {
        ref var link = ref _buckets[_nodes[node].Hash & (uint)(_buckets.Length - 1)];
        while (link != node)
        {
            link = ref _nodes[link].NextInBucket;
        }
        link = _nodes[node].NextInBucket;
    }

    private bool Matches(int node, uint hash, int parent, string? salt, ReadOnlySpan<int> tokens) =>
        _nodes[node].Hash == hash
        && _nodes[node].Parent == parent
        && (parent != None || string.Equals(_salts[node], salt, StringComparison.Ordinal))
        && tokens.SequenceEqual(_tokens.AsSpan(node * _pageLength, _pageLength));

    /// <summary>Says where to look for a node; what is found there is compared.</summary>
    internal static uint Hash(int parent, string? salt, ReadOnlySpan<int> tokens)
    {
        const ulong Factor = 0x9E3779B97F4A7C15;
        var hash = (ulong)(uint)parent * Factor;
        if (parent == None)
        {
            foreach (var character in salt ?? "")
            {
                hash = (hash ^ character) * Factor;
            }
        }
        foreach (var pair in MemoryMarshal.Cast<int, ulong>(tokens))
        {
            hash = ((hash ^ (hash >> 32)) ^ pair) * Factor;
        }
        hash = ((hash ^ (hash >> 32)) ^ (uint)tokens[^1]) * Factor;
        return (uint)(hash >> 32);
    }

    private struct Node
    {
        public int Parent;
        public int Page;
        public int Children;
        public uint Hash;
        public int NextInBucket; // of free nodes: the next free one
        public int Older; // among unused ones
        public int Newer;
    }
}
