namespace Tandem.Serving;

/// <summary>What one worker has spent its time on so far, in seconds.</summary>
/// <param name="Replica">The copy.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Rank">The rank.</param>
/// <param name="BusySeconds">Running steps; <paramref name="WaitSeconds"/> is part of it.</param>
/// <param name="WaitSeconds">Within steps, waiting for other threads and ranks of its stage.</param>
/// <param name="InputWaitSeconds">Waiting for a step to run.</param>
/// <param name="CreditWaitSeconds">Waiting until the next stage had room for a step.</param>
public sealed record WorkerFigures(
    int Replica,
    int Stage,
    int Rank,
    double BusySeconds,
    double WaitSeconds,
    double InputWaitSeconds,
    double CreditWaitSeconds
);
