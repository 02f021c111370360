using Tandem.Loading;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>What a process does whose number is not 0: it loads its part of the model that process 0 names, and follows its steps.</summary>
public static class WorkerProcess
{
    /// <summary>Follows process 0 until it says that no more will come.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="time">Measures steps.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    public static void Follow(ProcessGroup group, TimeProvider time)
    {
        if (WorkerJob.Receive(group) is not { } job)
        {
            return;
        }
        using var model = Load(job, group, time);
        var (plan, sampled) = (new Message(), new Message());
        var result = job.Output.NewResult(model.Shape);
        var stage = new ProcessStage(group, model.Worker, model.NewReader(job.Output), time);
        var codec = new StepPlanCodec();
        for (stage.Take(plan); !plan.IsEmpty; stage.Take(plan))
        {
            var step = codec.Read(plan);
            stage.Run(step, plan, result);
            if (group.IsSampler)
            {
                StepResultCodec.Write(step, result, sampled);
                stage.Figures.Write(sampled);
                sampled.Send(group.Driver, 0);
            }
        }
        stage.PassOn(plan, []);
    }

    /// <summary>Has process 0 tell the others that there is nothing to do, where it has loaded no model.</summary>
    public static void Dismiss(ProcessGroup group) => WorkerJob.Send(group, null);

    /// <summary>How the processes of a plan are numbered.</summary>
    public static ProcessLayout LayoutOf(PlanRequest request) =>
        new(request.DataParallel, request.PipelineParallel, request.TensorParallel);

    private static LoadedProcess Load(WorkerJob job, ProcessGroup group, TimeProvider time)
    {
        using var file = job.Model is { } path ? WeightFile.Open(path) : BuiltInModel.Open();
        var options = job.Options with { Processes = group };
        return new LoadedProcess(file, options, time, null, CancellationToken.None);
    }
}
