namespace Tandem.Text;

/// <summary>A heap of 64-bit keys, smallest first. It grows as needed and keeps its room.</summary>
internal sealed class MergeQueue
{
    /// <summary>Children of a node: four lie in one or two cache lines, and halve the depth of two.</summary>
    private const int Ways = 4;

    private ulong[] _keys = new ulong[64];

    /// <summary>How many keys wait.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a key.</summary>
    public void Push(ulong key)
    {
        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, 2 * Count);
        }
        var at = Count++;
        for (var parent = (at - 1) / Ways; at > 0 && key < _keys[parent]; parent = (at - 1) / Ways)
        {
            _keys[at] = _keys[parent];
            at = parent;
        }
        _keys[at] = key;
    }

    /// <summary>Takes the smallest key; there must be one.</summary>
    public ulong Pop()
    {
        var smallest = _keys[0];
        var last = _keys[--Count];
        var at = 0;
        for (var child = SmallestChild(0); child < Count && _keys[child] < last; child = SmallestChild(at))
        {
            _keys[at] = _keys[child];
            at = child;
        }
        _keys[at] = last;
        return smallest;
    }

    private int SmallestChild(int parent)
    {
        var smallest = Ways * parent + 1;
        var end = Math.Min(smallest + Ways, Count);
        for (var child = smallest + 1; child < end; child++)
        {
            smallest = _keys[child] < _keys[smallest] ? child : smallest;
        }
        return smallest;
    }
}
