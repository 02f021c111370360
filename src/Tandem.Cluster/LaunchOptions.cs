using Tandem.Parallel;

namespace Tandem.Cluster;

/// <summary>What is started as several processes.</summary>
public sealed record LaunchOptions
{
    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>How many processes, and what messages call them.</summary>
    public required ProcessLayout Layout { get; init; }

    /// <summary>The environment variable that tells a process where its launcher listens.</summary>
    public required string AddressVariable { get; init; }

    /// <summary>Other environment variables of the processes.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether number 0 is told by SIGTERM to come to its end in order; otherwise that ends all at once.</summary>
    public bool EndsInOrder { get; init; }

    /// <summary>Measures how long an orderly end may take.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
