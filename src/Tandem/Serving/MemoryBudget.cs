using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Parallel;
using Tandem.Plans;
using Tandem.Serving.Processes;

namespace Tandem.Serving;

/// <summary>Whether a plan's workers fit the memory that there is, and what they leave for caches.</summary>
/// <param name="plan">The plan, without caches.</param>
/// <param name="source">The model's file, for messages.</param>
/// <param name="asProcesses">Makes another plan of the model, whose workers are processes.</param>
internal sealed class MemoryBudget(Plan plan, string source, Func<PlanRequest, Plan> asProcesses)
{
    // What the runtime, the vocabulary and the front end take beside the model.
    private const long ReserveBytes = 256L << 20;

    /// <summary>Bytes that the caches of all workers may take together, where workers are threads of this process.</summary>
    /// <exception cref="InputException">The weights and buffers do not fit.</exception>
    public long FreeForCaches() => Remaining(What, plan.Workers, SystemMemory.AvailableBytes(), 1);

    /// <summary>Bytes that the caches of all workers may take together, where each is a process.</summary>
    /// <param name="processes">Those, which all come here at the same time; null where they are yet to be, each with this one's limits.</param>
    /// <exception cref="InputException">The weights and buffers do not fit.</exception>
    public long FreeForCachesOfProcesses(ProcessGroup? processes)
    {
        var workers = plan.Workers.ToList();
        var layout = WorkerProcess.LayoutOf(plan.Request);
        var machine = Remaining(What, workers, SystemMemory.MachineBytes(), workers.Count);
        var limit = SystemMemory.ProcessBytes();
        long PagesOf(int number)
        {
            var what = $"{source}: what {layout.NameOf(number)} has of its weights and buffers takes";
            return Remaining(what, [workers[number]], limit, 1) / workers[number].PageBytes;
        }
        // A page has the same number in all processes, so the one with the least room decides.
        var least = processes is null
            ? Enumerable.Range(0, workers.Count).Min(PagesOf)
            : Least(PagesOf(processes.World.Rank), processes.World);
        var pageBytes = workers.Sum(worker => worker.PageBytes);
        return Math.Min(machine / pageBytes, least) * pageBytes;
    }

    private string What => $"{source}: its weights and buffers take";

    private long Remaining(string what, IEnumerable<WorkerPlan> workers, long availableBytes, int processes)
    {
        var budget = availableBytes - processes * ReserveBytes;
        var needed = workers.Sum(worker => worker.OwnBytes);
        return needed <= budget
            ? budget - needed
            : throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what} {needed / 1e9:f1} GB of memory under the plan {plan}, and {Math.Max(0, budget) / 1e9:f1} GB are free; {Advice()}"
                )
            );
    }

    private string Advice() =>
        Nearest() is { } nearest
            ? $"the nearest plan that can be is {nearest} with --workers processes"
            : "use a smaller model or format";

    // More stages, each a process with the limits of this one: what one process may take is then more of the model.
    private PlanRequest? Nearest()
    {
        var (machine, limit) = (SystemMemory.MachineBytes(), SystemMemory.ProcessBytes() - ReserveBytes);
        var layers = plan.Replicas[0].Stages[0].Layers.Whole;
        var copyBytes = plan.Replicas[0].Stages.SelectMany(stage => stage.Workers).Sum(worker => worker.OwnBytes);
        if (limit <= 0 || copyBytes > machine)
        {
            return null;
        }
        // Fewer stages than these cannot hold it, however even they are.
        var least = Math.Max(plan.Request.PipelineParallel + 1, copyBytes / limit / plan.Request.TensorParallel);
        for (var stages = least; stages <= layers; stages++)
        {
            var request = plan.Request with { PipelineParallel = (int)stages, Layers = null };
            long[] needed = [.. asProcesses(request).Workers.Select(worker => worker.OwnBytes + worker.PageBytes)];
            if (needed.Max() <= limit && needed.Sum() + needed.Length * ReserveBytes <= machine)
            {
                return request;
            }
        }
        return null;
    }

    private static long Least(long own, ICommunicator world)
    {
        var least = own;
        for (var process = 0; process < world.Size; process++)
        {
            var value = own;
            world.Broadcast(MemoryMarshal.AsBytes(new Span<long>(ref value)), process);
            least = Math.Min(least, value);
        }
        return least;
    }
}
