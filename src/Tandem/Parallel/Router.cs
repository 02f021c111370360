namespace Tandem.Parallel;

/// <summary>
/// Picks the replica for a request: the one with the least work to do, in tokens. Tokens at the request's beginning that a replica has
/// computed before count as work saved there, so requests go where their prefix is known, until the load there is greater by more
/// than what is saved. Any threads may use it at the same time.
/// </summary>
/// <remarks>
/// It knows what it sent where, not what the replicas still hold, and keeps hashes of prefixes, not their tokens: where it
/// is mistaken, a request is computed in a place that is not the best, and nothing worse. Its memory has a fixed size.
/// </remarks>
public sealed class Router
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    private readonly RouterOptions _options;
    private readonly Lock _lock = new();
    private readonly long[] _outstanding; // [replicas], in tokens
    private readonly bool[] _excluded; // [replicas]
    private readonly long[] _known; // [replicas], tokens of the request's prefix; used within Pick
    private readonly Entry[] _entries; // by hash: a prefix is in one place or in none
    private readonly Random _random;

    /// <summary>A router whose replicas have nothing to do.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public Router(RouterOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Replicas);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BlockLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.PrefixesMax);
        _options = options;
        _outstanding = new long[options.Replicas];
        _excluded = new bool[options.Replicas];
        _known = new long[options.Replicas];
        _entries = new Entry[options.PrefixesMax];
        _entries.AsSpan().Fill(new Entry(0, -1));
        _random = new Random(options.Seed);
    }

    /// <summary>Picks the replica for a request and adds the request's work to it.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="salt">Requests with different salts share no prefix.</param>
    /// <param name="work">How many tokens are to be computed: the prompt's and those that may be generated.</param>
    /// <returns>The replica's number, from 0; −1 where all are excluded.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The work is negative.</exception>
    public int Pick(ReadOnlySpan<int> tokens, string? salt, long work)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(work);
        var prefixes = Prefixes(tokens, salt);
        lock (_lock)
        {
            FindKnown(prefixes);
            var picked = Cheapest();
            if (picked < 0)
            {
                return picked;
            }
            _outstanding[picked] += work;
            foreach (var prefix in prefixes)
            {
                EntryOf(prefix) = new Entry(prefix, picked);
            }
            return picked;
        }
    }

    /// <summary>Notes that work is done, or given up. A request's work may be taken off in several pieces.</summary>
    /// <param name="replica">The one that was picked for it.</param>
    /// <param name="work">How many of its tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The work is negative, or more than the replica has.</exception>
    public void Complete(int replica, long work)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(work);
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(work, _outstanding[replica]);
            _outstanding[replica] -= work;
        }
    }

    /// <summary>Notes that a replica has failed: it is not picked any more.</summary>
    public void Exclude(int replica)
    {
        lock (_lock)
        {
            _excluded[replica] = true;
        }
    }

    /// <summary>The work, in tokens, that a replica has been given and that is not complete.</summary>
    public long Outstanding(int replica)
    {
        lock (_lock)
        {
            return _outstanding[replica];
        }
    }

    // One hash for each whole block: that of all tokens up to its end.
    private ulong[] Prefixes(ReadOnlySpan<int> tokens, string? salt)
    {
        var hash = Factor;
        foreach (var character in salt ?? "")
        {
            hash = Mix(hash, character);
        }
        hash = Mix(hash, uint.MaxValue); // no token: a salt's letters are not taken for tokens
        var prefixes = new ulong[tokens.Length / _options.BlockLength];
        for (var block = 0; block < prefixes.Length; block++)
        {
            foreach (var token in tokens.Slice(block * _options.BlockLength, _options.BlockLength))
            {
                hash = Mix(hash, (uint)token);
            }
            prefixes[block] = hash;
        }
        return prefixes;
    }

    private static ulong Mix(ulong hash, uint value) => (hash ^ (hash >> 29) ^ value) * Factor;

    // Whoever has a prefix has the shorter ones too, so each replica counts with its longest.
    private void FindKnown(ulong[] prefixes)
    {
        _known.AsSpan().Clear();
        for (var block = 0; block < prefixes.Length; block++)
        {
            var entry = EntryOf(prefixes[block]);
            if (entry.Replica >= 0 && entry.Prefix == prefixes[block])
            {
                _known[entry.Replica] = (block + 1L) * _options.BlockLength;
            }
        }
    }

    private int Cheapest()
    {
        var (best, bestCost, equals) = (-1, long.MaxValue, 0);
        for (var replica = 0; replica < _outstanding.Length; replica++)
        {
            if (_excluded[replica])
            {
                continue;
            }
            var cost = _outstanding[replica] - _known[replica];
            equals = cost < bestCost ? 1 : equals + (cost == bestCost ? 1 : 0);
            if (cost < bestCost || (cost == bestCost && _random.Next(equals) == 0))
            {
                (best, bestCost) = (replica, cost);
            }
        }
        return best;
    }

    private ref Entry EntryOf(ulong prefix) => ref _entries[(prefix >> 20) % (ulong)_entries.Length];

    private readonly record struct Entry(ulong Prefix, int Replica);
}
