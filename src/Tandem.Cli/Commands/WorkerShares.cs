using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary>The shares of a time in which all sequences generated that one worker spent on what.</summary>
/// <param name="Replica">The copy.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Rank">The rank.</param>
/// <param name="Busy">Running steps, without waiting for others of its stage.</param>
/// <param name="Wait">Waiting for others of its stage.</param>
/// <param name="InputWait">Waiting for a step to run.</param>
/// <param name="CreditWait">Waiting until the next stage had room for a step.</param>
internal sealed record WorkerShares(
    int Replica,
    int Stage,
    int Rank,
    double Busy,
    double Wait,
    double InputWait,
    double CreditWait
)
{
    /// <summary>What all workers spent a time on.</summary>
    public static IReadOnlyList<WorkerShares> Between(
        EngineStatistics before,
        EngineStatistics after,
        double seconds
    ) =>
        [
            .. before.Workers.Zip(
                after.Workers,
                (from, to) =>
                {
                    double Share(Func<WorkerFigures, double> value) => (value(to) - value(from)) / seconds;
                    return new WorkerShares(
                        to.Replica,
                        to.Stage,
                        to.Rank,
                        Share(worker => worker.BusySeconds - worker.WaitSeconds),
                        Share(worker => worker.WaitSeconds),
                        Share(worker => worker.InputWaitSeconds),
                        Share(worker => worker.CreditWaitSeconds)
                    );
                }
            ),
        ];
}
