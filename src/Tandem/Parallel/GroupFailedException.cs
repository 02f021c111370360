namespace Tandem.Parallel;

/// <summary>Another rank of the group has failed, so this one cannot go on; the first failure is inside.</summary>
public sealed class GroupFailedException(Exception error)
    : Exception($"another rank of the group has failed: {error.Message}", error);
