using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Whether a plan's workers fit the memory that there is, and what they leave for caches.</summary>
internal static class MemoryBudget
{
    // What the runtime, the vocabulary and the front end take beside the model.
    private const long ReserveBytes = 256L << 20;

    /// <summary>Bytes that the caches of all workers may take together.</summary>
    /// <param name="plan">The plan, without caches.</param>
    /// <param name="source">The model's file, for messages.</param>
    /// <param name="processes">The workers' processes, which all come here at the same time; null where they are threads.</param>
    /// <exception cref="InputException">The weights and buffers do not fit.</exception>
    public static long FreeForCaches(Plan plan, string source, ProcessGroup? processes)
    {
        if (processes is null)
        {
            return Remaining(
                $"{source}: its weights and buffers take",
                plan.Workers,
                plan,
                SystemMemory.AvailableBytes(),
                1
            );
        }
        var own = plan.Replicas[processes.Replica].Stages[processes.Stage].Workers[processes.Ranks.Rank];
        var machine = Remaining(
            $"{source}: its weights and buffers take",
            plan.Workers,
            plan,
            SystemMemory.MachineBytes(),
            plan.Request.Workers
        );
        var part = Remaining(
            $"{source}: what {processes.Name} has of its weights and buffers takes",
            [own],
            plan,
            SystemMemory.ProcessBytes(),
            1
        );
        // A page has the same number in all processes, so the one with the least room decides.
        var pageBytes = plan.Workers.Sum(worker => worker.PageBytes);
        var pages = Math.Min(machine / pageBytes, part / own.PageBytes);
        return Least(pages, processes.World) * pageBytes;
    }

    private static long Remaining(
        string what,
        IEnumerable<WorkerPlan> workers,
        Plan plan,
        long availableBytes,
        int processes
    )
    {
        var budget = availableBytes - processes * ReserveBytes;
        var needed = workers.Sum(worker => worker.OwnBytes);
        return needed <= budget
            ? budget - needed
            : throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what} {needed / 1e9:f1} GB of memory under the plan {plan}, and {Math.Max(0, budget) / 1e9:f1} GB are free; use a smaller model or format"
                )
            );
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
