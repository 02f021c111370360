using System.Globalization;
using Tandem.Devices;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>How many positions a sequence may have, and how many pages each copy's cache has.</summary>
internal static class CacheSizing
{
    // The log of tokens behind the cache counts positions in 32 bits.
    private const long PagesMax = int.MaxValue / KvLayer.PageLength;

    /// <summary>
    /// Sizes the caches for the memory that is left: whole contexts of as many sequences as may run, but, where nobody
    /// says otherwise, no more than half of what is left beyond the first.
    /// </summary>
    /// <param name="plan">The plan, without caches.</param>
    /// <param name="source">The model's file, for messages.</param>
    /// <param name="trained">Positions that the model was trained for.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="freeBytes">Memory for the caches of all copies.</param>
    /// <exception cref="InputException">The context that was asked for does not fit.</exception>
    public static Plan Complete(Plan plan, string source, int trained, ModelOptions options, long freeBytes)
    {
        // A page has the same number on all workers of a copy.
        var pageBytes = plan.Workers.Sum(worker => worker.PageBytes);
        var allowedBytes = Math.Min(options.CacheMemoryBytes ?? long.MaxValue, freeBytes);
        var pagesAllowed = (int)Math.Min(Math.Max(0, allowedBytes) / pageBytes, PagesMax);
        var wanted = options.Context ?? trained;
        var pagesWanted = (wanted - 1) / KvLayer.PageLength + 1;
        if (pagesWanted > pagesAllowed && (options.Context is not null || pagesAllowed == 0))
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{source}: a context of {wanted} tokens needs {pagesWanted * pageBytes / 1e6:f1} MB of cache, and {Math.Max(0, allowedBytes) / 1e6:f1} MB may be used; ask for a smaller --context or a larger --cache-memory"
                )
            );
        }
        var context = Math.Min(wanted, pagesAllowed * KvLayer.PageLength);
        var pagesOfOne = Math.Min(pagesWanted, pagesAllowed);
        var pagesOfAll = Math.Min((long)pagesOfOne * options.SequencesMax, pagesAllowed);
        var pages = options.CacheMemoryBytes is null
            ? (int)Math.Max(pagesOfOne, Math.Min(pagesOfAll, pagesAllowed / 2))
            : pagesAllowed;
        return plan with
        {
            Context = context,
            CachePages = pages,
            Notice =
                context < wanted
                    ? $"the context is {context} tokens instead of the model's {wanted}: that is what memory allows"
                    : null,
            Replicas = [.. plan.Replicas.Select(replica => WithCaches(replica, pages))],
        };
    }

    private static ReplicaPlan WithCaches(ReplicaPlan replica, int pages) =>
        replica with
        {
            Stages =
            [
                .. replica.Stages.Select(stage =>
                    stage with
                    {
                        Workers =
                        [
                            .. stage.Workers.Select(worker => worker with { CacheBytes = worker.PageBytes * pages }),
                        ],
                    }
                ),
            ],
        };
}
