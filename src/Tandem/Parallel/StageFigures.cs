namespace Tandem.Parallel;

/// <summary>
/// What a stage of a <see cref="Pipeline"/> has done and waited for. The stage to make faster is the one that is busy while those
/// before it wait for room and those after it for input.
/// </summary>
/// <param name="Name">The stage's name; the source is "source" and what consumes the results is "sink".</param>
/// <param name="Workers">How many items it may work on at the same time.</param>
/// <param name="Items">How many items it has finished.</param>
/// <param name="Busy">Time spent working, summed over its workers.</param>
/// <param name="WaitingForInput">Time during which a worker was free and the stage before had no item ready.</param>
/// <param name="WaitingForRoom">Time during which a worker was free and an item ready, but the stage's buffer had no place for a result.</param>
public sealed record StageFigures(
    string Name,
    int Workers,
    long Items,
    TimeSpan Busy,
    TimeSpan WaitingForInput,
    TimeSpan WaitingForRoom
);
