using Tandem.Scheduling;

namespace Tandem.Tests.Scheduling;

public class FairQueueTest
{
    [Fact]
    public void Clients_take_turns_and_each_keeps_its_order()
    {
        var queue = new FairQueue<string>();
        foreach (var name in (string[])["a1", "a2", "a3", "b1", "c1", "c2"])
        {
            queue.Add(name, name[..1], 10, 0);
        }

        Assert.Equal((6, 60), (queue.Count, queue.Tokens));
        Assert.Equal(["a1", "b1", "c1", "a2", "c2", "a3"], TakeAll(queue));
        Assert.Equal((0, 0), (queue.Count, queue.Tokens));
    }

    [Fact]
    public void Within_a_client_the_order_that_was_given_counts()
    {
        var queue = new FairQueue<string>();
        queue.Add("late", "a", 1, 5);
        queue.Add("first", "a", 1, -5);
        queue.Add("last", "a", 1, 5);

        Assert.Equal(["first", "late", "last"], TakeAll(queue));
    }

    [Fact]
    public void Who_comes_back_goes_behind_those_that_wait()
    {
        var queue = new FairQueue<string>();
        queue.Add("a1", "a", 1, 0);
        queue.Add("b1", "b", 1, 0);
        queue.Add("b2", "b", 1, 0);
        Assert.True(queue.TryTake(out var first));
        queue.Add("a2", "a", 1, 0);

        Assert.Equal("a1", first);
        Assert.Equal(["b1", "a2", "b2"], TakeAll(queue));
    }

    [Fact]
    public void What_is_removed_leaves_no_turn_behind()
    {
        var queue = new FairQueue<string>();
        queue.Add("a1", "a", 3, 0);
        queue.Add("b1", "b", 4, 0);

        Assert.True(queue.Remove("a1"));
        Assert.False(queue.Remove("a1"));
        Assert.Equal((1, 4), (queue.Count, queue.Tokens));
        Assert.Equal(["b1"], TakeAll(queue));
    }

    private static List<string> TakeAll(FairQueue<string> queue)
    {
        var taken = new List<string>();
        while (queue.TryTake(out var item))
        {
            taken.Add(item);
        }
        return taken;
    }
}
