using System.Globalization;

namespace Tandem.Planning.Search;

/// <summary>Says in words what made a plan the best.</summary>
internal static class PlanReason
{
    // Below this share of a difference two plans are as good as each other.
    private const double Noticeable = 0.01;

    /// <summary>What decided between a plan and the next best way to split the work.</summary>
    public static string Of(Candidate chosen, IReadOnlyList<Candidate> runnersUp, Workload workload)
    {
        if (runnersUp.Count == 0)
        {
            return $"{Name(chosen)} is the only plan that fits";
        }
        var other = runnersUp[0];
        var (figure, own, others) = Figures(chosen, other, workload);
        var difference = Math.Abs(own / others - 1);
        var how = difference < Noticeable ? "is as good as" : "beats";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(chosen)} {how} {Name(other)}: {Why(chosen, other, workload)} ({figure}: {own:g3} against {others:g3})"
        );
    }

    private static (string Figure, double Own, double Others) Figures(
        Candidate one,
        Candidate other,
        Workload workload
    ) =>
        workload.Goal switch
        {
            PlanGoal.Throughput => ("tokens/s", one.Prediction.TokensPerSecond, other.Prediction.TokensPerSecond),
            PlanGoal.Objective => (
                "of the objective",
                workload.Objective!.Excess(one.Prediction.TtftSeconds, one.Prediction.TpotSeconds),
                workload.Objective.Excess(other.Prediction.TtftSeconds, other.Prediction.TpotSeconds)
            ),
            _ => ("seconds a request", one.Prediction.RequestSeconds, other.Prediction.RequestSeconds),
        };

    private static string Why(Candidate chosen, Candidate other, Workload workload)
    {
        var (own, others) = (chosen.Request, other.Request);
        if (workload.Goal == PlanGoal.Objective && chosen.Units != other.Units)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"it keeps to {workload.Objective} with {chosen.Units} units, the other uses {other.Units}"
            );
        }
        if (others.PipelineParallel > own.PipelineParallel)
        {
            return workload.Concurrency < others.PipelineParallel * others.DataParallel
                ? Requests(workload) + ", and a pipeline helps only with several"
                : Percent(other.Prediction.BubbleShare, "of the time the pipeline's stages wait for each other");
        }
        if (own.PipelineParallel > others.PipelineParallel)
        {
            return Percent(
                other.Prediction.SumShare,
                "of the other's time are sums over ranks, which stages do not need"
            );
        }
        if (others.DataParallel > own.DataParallel)
        {
            return workload.Concurrency < others.DataParallel
                ? Requests(workload) + ", and a second copy helps only with several"
                : "copies read the weights once each, a split model once";
        }
        if (own.DataParallel > others.DataParallel)
        {
            return "copies wait for nobody, and there are requests enough for all";
        }
        if (own.TensorParallel > others.TensorParallel)
        {
            return others.Workers * others.Threads < chosen.Units
                ? "more units share every layer"
                : "ranks meet twice a layer, threads at every operation";
        }
        return others.TensorParallel > own.TensorParallel
            ? Percent(other.Prediction.SumShare, "of the other's time are sums over ranks")
            : "more units share every layer";
    }

    private static string Requests(Workload workload) =>
        workload.Concurrency == 1
            ? "one request at a time"
            : string.Create(CultureInfo.InvariantCulture, $"{workload.Concurrency} requests at a time");

    private static string Percent(double share, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{share:p0} {what}");

    private static string Name(Candidate candidate) =>
        candidate.Request.Brief is { Length: > 0 } brief ? brief : "one unit alone";
}
