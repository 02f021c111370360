namespace Tandem.Server;

/// <summary>A request took longer than it may.</summary>
/// <param name="limit">How long it may take.</param>
internal sealed class RequestTimeoutException(TimeSpan limit)
    : Exception(
        FormattableString.Invariant($"the request took longer than {limit.TotalSeconds} s, which is the limit")
    );
