using System.Diagnostics.CodeAnalysis;

namespace Tandem.Scheduling;

/// <summary>
/// What waits, taken in turn over those who asked: each client's requests go in their order, and none waits longer because another
/// asks more. Not thread-safe.
/// </summary>
/// <typeparam name="T">What waits; each is there once.</typeparam>
internal sealed class FairQueue<T>
    where T : class
{
    private readonly Dictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private readonly LinkedList<Client> _turns = new(); // those of whom something waits, the next one first
    private readonly Dictionary<T, Entry> _entries = [];
    private long _id;

    /// <summary>How many wait.</summary>
    public int Count => _entries.Count;

    /// <summary>Tokens of their prompts.</summary>
    public long Tokens { get; private set; }

    /// <summary>Adds a request.</summary>
    /// <param name="item">The request.</param>
    /// <param name="client">Whose it is.</param>
    /// <param name="tokens">Tokens of its prompt.</param>
    /// <param name="order">Smaller goes first among those of the same client; equal ones go in the order of their coming.</param>
    public void Add(T item, string client, int tokens, long order)
    {
        if (!_clients.TryGetValue(client, out var owner))
        {
            owner = new Client(client);
            _clients.Add(client, owner);
            _turns.AddLast(owner.Turn);
        }
        var entry = new Entry(item, owner, tokens, order, _id++);
        owner.Waiting.Add(entry);
        _entries.Add(item, entry);
        Tokens += tokens;
    }

    /// <summary>The next one, which stays where it is.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out T item)
    {
        item = _turns.First?.Value.Waiting.Min!.Item;
        return item is not null;
    }

    /// <summary>Takes the next one, and makes it another client's turn.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (!TryPeek(out item))
        {
            return false;
        }
        var client = _entries[item].Client;
        _turns.Remove(client.Turn);
        _turns.AddLast(client.Turn);
        Remove(item);
        return true;
    }

    /// <summary>Takes one out of its turn; false where it is not here.</summary>
    public bool Remove(T item)
    {
        if (!_entries.Remove(item, out var entry))
        {
            return false;
        }
        Tokens -= entry.Tokens;
        var client = entry.Client;
        client.Waiting.Remove(entry);
        if (client.Waiting.Count == 0)
        {
            _turns.Remove(client.Turn);
            _clients.Remove(client.Name);
        }
        return true;
    }

    private sealed class Client
    {
        public Client(string name) => (Name, Turn) = (name, new LinkedListNode<Client>(this));

        public string Name { get; }

        public LinkedListNode<Client> Turn { get; }

        public SortedSet<Entry> Waiting { get; } = [];
    }

    private sealed record Entry(T Item, Client Client, int Tokens, long Order, long Id) : IComparable<Entry>
    {
        public int CompareTo(Entry? other) => (Order, Id).CompareTo((other!.Order, other.Id));
    }
}
