namespace Tandem.Tests;

/// <summary>Tests of this collection run when no other test does.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public static class AloneInTheProcess;
