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

    /// <summary>Measures how long an orderly end may take.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
