using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Parallel;
using Tandem.Plans;
using Tandem.Serving.Processes;

namespace Tandem.Serving;

/// <summary>Whether a plan's workers fit the memory that there is, and what they leave for caches.</summary>
internal static class MemoryBudget
{
    // What the runtime, the vocabulary and the front end take beside the model.
    private const long ReserveBytes = 256L << 20;

    /// <summary>Bytes that the caches of all workers may take together, where workers are threads of this process.</summary>
    /// <param name="plan">The plan, without caches.</param>
    /// <param name="source">The model's file, for messages.</param>
    /// <exception cref="InputException">The weights and buffers do not fit.</exception>
    public static long FreeForCaches(Plan plan, string source) =>
        Remaining(What(source), plan.Workers, plan, SystemMemory.AvailableBytes(), 1);

    /// <summary>Bytes that the caches of all workers may take together, where each is a process.</summary>
    /// <param name="plan">The plan, without caches.</param>
    /// <param name="source">The model's file, for messages.</param>
    /// <param name="processes">Those, which all come here at the same time; null where they are yet to be, each with this one's limits.</param>
    /// <exception cref="InputException">The weights and buffers do not fit.</exception>
    public static long FreeForCachesOfProcesses(Plan plan, string source, ProcessGroup? processes)
    {
        var workers = plan.Workers.ToList();
        var layout = WorkerProcess.LayoutOf(plan.Request);
        var machine = Remaining(What(source), workers, plan, SystemMemory.MachineBytes(), workers.Count);
        var limit = SystemMemory.ProcessBytes();
        long PagesOf(int number)
        {
            var what = $"{source}: what {layout.NameOf(number)} has of its weights and buffers takes";
            return Remaining(what, [workers[number]], plan, limit, 1) / workers[number].PageBytes;
        }
        // A page has the same number in all processes, so the one with the least room decides.
        var least = processes is null
            ? Enumerable.Range(0, workers.Count).Min(PagesOf)
            : Least(PagesOf(processes.World.Rank), processes.World);
        var pageBytes = workers.Sum(worker => worker.PageBytes);
        return Math.Min(machine / pageBytes, least) * pageBytes;
    }

    private static string What(string source) => $"{source}: its weights and buffers take";

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
