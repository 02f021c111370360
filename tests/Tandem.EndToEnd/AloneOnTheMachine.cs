namespace Tandem.EndToEnd;

/// <summary>Tests that wait until the machine has nothing else to do: they run after all others.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public static class AloneOnTheMachine;
