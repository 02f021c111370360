namespace Tandem.Parallel;

/// <summary>
/// Data parallelism: an input is cut into parts, copies of a model work on the parts at the same time, and a reduction makes one
/// result of theirs. The result depends on the parts alone, not on how many copies there are or which was faster, because the
/// reduction sees the parts' values in the order of the parts; <see cref="Reduction"/> has the usual ones.
/// </summary>
/// <example>
/// <code>
/// var parts = DataParallel.Cut(numbers.Length, 10);
/// var sum = await DataParallel.RunAsync(
///     [1, 2],
///     parts,
///     (worker, part) => new[] { numbers[part].Sum() },
///     Reduction.Sum
/// );
/// </code>
/// </example>
public static class DataParallel
{
    /// <summary>Cuts a length into parts that follow each other; none is longer than another by more than one.</summary>
    /// <param name="length">How many items there are.</param>
    /// <param name="parts">How many parts to make; where there are fewer items, some are empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is to be no part.</exception>
    public static IReadOnlyList<Range> Cut(int length, int parts)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        var ranges = new Range[parts];
        for (var i = 0; i < parts; i++)
        {
            ranges[i] = Bound(i)..Bound(i + 1);
        }
        return ranges;

        int Bound(int part) => (int)((long)length * part / parts);
    }

    /// <summary>Computes the parts; each copy takes the next part as soon as it is free.</summary>
    /// <param name="replicas">The copies of the model, or whatever each worker has for itself: as many as there are to be workers.</param>
    /// <param name="parts">The parts of the input.</param>
    /// <param name="work">Computes the value of one part on one copy, on a thread of the pool.</param>
    /// <param name="reduction">Makes the result of all parts' values, which it gets in the order of the parts.</param>
    /// <param name="cancellationToken">Ends all workers before their next part.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no copies.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="Exception">Whatever the first part to fail has thrown; no worker begins another part then.</exception>
    public static Task<TResult> RunAsync<TReplica, TPart, TValue, TResult>(
        IReadOnlyList<TReplica> replicas,
        IReadOnlyList<TPart> parts,
        Func<TReplica, TPart, TValue> work,
        Func<IReadOnlyList<TValue>, TResult> reduction,
        CancellationToken cancellationToken = default
    ) =>
        RunAsync(
            replicas,
            parts,
            (replica, part, _) => ValueTask.FromResult(work(replica, part)),
            reduction,
            cancellationToken
        );

    /// <summary>Computes the parts by work that may wait for something.</summary>
    /// <param name="replicas">The copies of the model, or whatever each worker has for itself: as many as there are to be workers.</param>
    /// <param name="parts">The parts of the input.</param>
    /// <param name="work">Computes the value of one part on one copy. Its token is cancelled when all are to end.</param>
    /// <param name="reduction">Makes the result of all parts' values, which it gets in the order of the parts.</param>
    /// <param name="cancellationToken">Ends all workers.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no copies.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="Exception">Whatever the first part to fail has thrown; it has ended all others.</exception>
    public static async Task<TResult> RunAsync<TReplica, TPart, TValue, TResult>(
        IReadOnlyList<TReplica> replicas,
        IReadOnlyList<TPart> parts,
        Func<TReplica, TPart, CancellationToken, ValueTask<TValue>> work,
        Func<IReadOnlyList<TValue>, TResult> reduction,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(replicas.Count, nameof(replicas));
        var values = new TValue[parts.Count];
        var taken = -1;
        using var group = new WorkGroup(cancellationToken);
        foreach (var replica in replicas)
        {
            group.Start(() => WorkAsync(replica));
        }
        await group.WhenEndedAsync().ConfigureAwait(false);
        return reduction(values);

        async Task WorkAsync(TReplica replica)
        {
            for (int i; (i = Interlocked.Increment(ref taken)) < parts.Count; )
            {
                group.Ending.ThrowIfCancellationRequested();
                values[i] = await work(replica, parts[i], group.Ending).ConfigureAwait(false);
            }
        }
    }
}
