namespace Tandem.Serving;

/// <summary>A request waited longer than it may, and was never run.</summary>
/// <param name="limit">How long it may wait.</param>
public sealed class QueueTimeoutException(TimeSpan limit)
    : Exception(
        FormattableString.Invariant(
            $"the request has waited for {limit.TotalSeconds} s, which is as long as it may; try again later"
        )
    );
