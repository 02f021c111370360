using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>What a profile expects of a copy's steps, one by one.</summary>
/// <param name="timer">How long its stages are at a step.</param>
/// <param name="replicas">Copies, which are all taken to be at work.</param>
internal sealed class StepForecast(ReplicaTimer timer, int replicas)
{
    private readonly StepLoad _load = new();

    /// <summary>Seconds that the last stage is at a step, which is what a step's result tells of the real one.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="inFlight">Steps under way, this one included.</param>
    public double Seconds(StepPlan plan, int inFlight)
    {
        _load.Read(plan);
        return timer.Time(timer.Stages - 1, _load, Math.Min(timer.Stages, inFlight) * replicas).Seconds;
    }
}
