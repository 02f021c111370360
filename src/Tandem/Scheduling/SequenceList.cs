using System.Diagnostics;

namespace Tandem.Scheduling;

/// <summary>A doubly linked list through the sequences themselves, so that joining and leaving it allocates nothing.</summary>
internal sealed class SequenceList
{
    /// <summary>The first sequence.</summary>
    public Sequence? First { get; private set; }

    /// <summary>The last sequence.</summary>
    public Sequence? Last { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one at the end.</summary>
    public void Append(Sequence sequence) => InsertAfter(Last, sequence);

    /// <summary>Adds one behind all that go before it. Arrivals usually belong at the end, where the search begins.</summary>
    public void InsertInOrder(Sequence sequence)
    {
        var before = Last;
        while (before is not null && sequence.Before(before))
        {
            before = before.Previous;
        }
        InsertAfter(before, sequence);
    }

    /// <summary>Takes one out.</summary>
    public void Remove(Sequence sequence)
    {
        Debug.Assert(sequence.List == this, "a sequence is removed from the list that it is in");
        if (sequence.Previous is { } previous)
        {
            previous.Next = sequence.Next;
        }
        else
        {
            First = sequence.Next;
        }
        if (sequence.Next is { } next)
        {
            next.Previous = sequence.Previous;
        }
        else
        {
            Last = sequence.Previous;
        }
        (sequence.List, sequence.Previous, sequence.Next) = (null, null, null);
        Count--;
    }

    private void InsertAfter(Sequence? before, Sequence sequence)
    {
        Debug.Assert(sequence.List is null, "a sequence is in one list at a time");
        var after = before is null ? First : before.Next;
        (sequence.List, sequence.Previous, sequence.Next) = (this, before, after);
        if (before is null)
        {
            First = sequence;
        }
        else
        {
            before.Next = sequence;
        }
        if (after is null)
        {
            Last = sequence;
        }
        else
        {
            after.Previous = sequence;
        }
        Count++;
    }
}
