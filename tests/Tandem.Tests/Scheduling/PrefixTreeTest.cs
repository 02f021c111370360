using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

public class PrefixTreeTest
{
    private const int Pages = 4;
    private readonly PagePool _pool = new(Pages);
    private readonly PrefixTree _tree;

    public PrefixTreeTest() => _tree = new PrefixTree(_pool, 2, Pages);

    [Fact]
    public void A_path_of_pages_spells_a_prefix()
    {
        var first = Add(PrefixTree.None, null, [1, 2]);
        var second = Add(first, null, [3, 4]);
        Assert.Equal(first, _tree.Child(PrefixTree.None, null, [1, 2]));
        Assert.Equal(second, _tree.Child(first, null, [3, 4]));
        Assert.Equal(PrefixTree.None, _tree.Child(PrefixTree.None, null, [3, 4]));
        Assert.Equal(PrefixTree.None, _tree.Child(first, null, [3, 5]));
        Assert.Equal(PrefixTree.None, _tree.Child(PrefixTree.None, "salt", [1, 2]));
    }

    [Fact]
    public void The_first_page_of_a_prefix_stays()
    {
        var first = Add(PrefixTree.None, null, [1, 2]);
        var page = _pool.Allocate();
        Assert.Equal(first, _tree.Add(PrefixTree.None, null, [1, 2], page));
        Assert.NotEqual(page, _tree.PageOf(first));
        Assert.False(_tree.Holds(page));
    }

    [Fact]
    public void The_least_recently_used_page_is_given_up_first()
    {
        var nodes = Enumerable.Range(0, 3).Select(i => Add(PrefixTree.None, null, [i, i])).ToArray();
        foreach (var node in (int[])[nodes[1], nodes[0], nodes[2]])
        {
            Release(node);
        }
        _pool.Retain(_tree.PageOf(nodes[1]));
        _tree.MarkUsed(_tree.PageOf(nodes[1]));
        Release(nodes[1]);
        var order = new List<int>();
        while (_tree.UnusedPages > 0)
        {
            _tree.EvictOldest();
            order.Add(Enumerable.Range(0, 3).Single(i => !order.Contains(i) && IsGone(i)));
        }
        Assert.Equal([0, 2, 1], order);
        Assert.Equal(Pages, _pool.Free);
    }

    [Fact]
    public void A_node_outlives_its_page_while_something_hangs_below()
    {
        var first = Add(PrefixTree.None, null, [1, 2]);
        var second = Add(first, null, [3, 4]);
        Release(first);
        _tree.EvictOldest();
        Assert.Equal(PrefixTree.None, _tree.PageOf(first));
        Assert.Equal(second, _tree.Child(first, null, [3, 4]));
        Release(second);
        _tree.EvictOldest();
        Assert.Equal(PrefixTree.None, _tree.Child(PrefixTree.None, null, [1, 2]));
        for (var i = 0; i < Pages; i++)
        {
            Assert.NotEqual(PrefixTree.None, Add(PrefixTree.None, null, [i, 9])); // all nodes are free again
        }
    }

    [Fact]
    public void Tokens_of_equal_hash_are_told_apart()
    {
        var seen = new Dictionary<uint, int>();
        var token = 0;
        while (seen.TryAdd(PrefixTree.Hash(PrefixTree.None, null, [token, 0]), token))
        {
            token++;
        }
        var other = seen[PrefixTree.Hash(PrefixTree.None, null, [token, 0])];
        var first = Add(PrefixTree.None, null, [other, 0]);
        Assert.Equal(PrefixTree.None, _tree.Child(PrefixTree.None, null, [token, 0]));
        Assert.NotEqual(first, Add(PrefixTree.None, null, [token, 0]));
    }

    [Fact]
    public void Without_room_for_a_node_nothing_is_remembered()
    {
        var tree = new PrefixTree(_pool, 2, 1);
        Assert.NotEqual(PrefixTree.None, tree.Add(PrefixTree.None, null, [1, 2], _pool.Allocate()));
        var page = _pool.Allocate();
        Assert.Equal(PrefixTree.None, tree.Add(PrefixTree.None, null, [3, 4], page));
        Assert.Equal(1, _pool.References(page));
    }

    private int Add(int parent, string? salt, int[] tokens) => _tree.Add(parent, salt, tokens, _pool.Allocate());

    private bool IsGone(int i) => _tree.Child(PrefixTree.None, null, [i, i]) == PrefixTree.None;

    private void Release(int node)
    {
        var page = _tree.PageOf(node);
        _pool.Release(page);
        _tree.MarkUnused(page);
    }
}
