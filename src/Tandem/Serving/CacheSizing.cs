using System.Globalization;
using Tandem.Devices;
using Tandem.Models;

namespace Tandem.Serving;

/// <summary>How many positions a sequence may have, and how many pages the cache has.</summary>
/// <param name="Context">Positions of a sequence.</param>
/// <param name="Pages">Pages of the cache.</param>
/// <param name="Notice">What the user should know, or null.</param>
internal sealed record CacheSizing(int Context, int Pages, string? Notice)
{
    // The log of tokens behind the cache counts positions in 32 bits.
    private const long PagesMax = int.MaxValue / KvLayer.PageLength;

    /// <summary>
    /// Sizes the cache for the memory that is left: whole contexts of as many sequences as may run, but, where nobody
    /// says otherwise, no more than half of what is left beyond the first.
    /// </summary>
    /// <exception cref="InputException">The context that was asked for does not fit.</exception>
    public static CacheSizing Choose(string source, DecoderShape shape, ModelOptions options, long freeBytes)
    {
        var pageBytes = KvCache.PageBytes(shape, options.CacheType);
        var allowedBytes = Math.Min(options.CacheMemoryBytes ?? long.MaxValue, freeBytes);
        var pagesAllowed = (int)Math.Min(Math.Max(0, allowedBytes) / pageBytes, PagesMax);
        var wanted = options.Context ?? shape.Context;
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
        var notice =
            context < wanted
                ? $"the context is {context} tokens instead of the model's {wanted}: that is what memory allows"
                : null;
        var pagesOfOne = Math.Min(pagesWanted, pagesAllowed);
        var pagesOfAll = Math.Min((long)pagesOfOne * options.SequencesMax, pagesAllowed);
        var pages = options.CacheMemoryBytes is null
            ? Math.Max(pagesOfOne, Math.Min(pagesOfAll, pagesAllowed / 2))
            : pagesAllowed;
        return new CacheSizing(context, (int)pages, notice);
    }
}
