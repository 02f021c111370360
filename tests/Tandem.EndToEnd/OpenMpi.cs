using System.Diagnostics;
using Tandem.Cluster;

namespace Tandem.EndToEnd;

/// <summary>Open MPI, which workers that are processes need, and what it has started.</summary>
internal static class OpenMpi
{
    /// <summary>Skips the running test where it is missing.</summary>
    public static void Require() =>
        Assert.SkipUnless(
            MpiSession.IsAvailable() && Shell.Run("command -v mpirun").ExitCode == 0,
            "Open MPI is missing (openmpi-bin, libopenmpi-dev): workers as processes"
        );

    /// <summary>The process of each worker that a program has started, by its number.</summary>
    public static SortedDictionary<int, int> WorkersOf(int program)
    {
        var workers = new SortedDictionary<int, int>();
        // The program has started a shell, which has started mpirun.
        foreach (var process in Children(program).SelectMany(Children).SelectMany(Children))
        {
            var variables = File.ReadAllText($"/proc/{process}/environ").Split('\0');
            var number = variables.Single(variable => variable.StartsWith(Launcher.NumberVariable + "="));
            workers.Add(int.Parse(number.Split('=')[1]), process);
        }
        return workers;
    }

    /// <summary>The shell, mpirun and the workers that a program has started, in this order.</summary>
    public static IReadOnlyList<int> StartedBy(int program)
    {
        int[] shell = [.. Children(program)];
        int[] starter = [.. shell.SelectMany(Children)];
        return [.. shell, .. starter, .. starter.SelectMany(Children)];
    }

    /// <summary>The folders in which a worker's process and those beside it have their files.</summary>
    public static string[] FoldersOf(int worker)
    {
        const string Variable = "TMPDIR=";
        var variables = File.ReadAllText($"/proc/{worker}/environ").Split('\0');
        var files = variables.Single(variable => variable.StartsWith(Variable))[Variable.Length..];
        var memory = Path.Combine("/dev/shm", Path.GetFileName(files));
        Assert.All([files, memory], folder => Assert.NotEmpty(Directory.GetFileSystemEntries(folder)));
        return [files, memory];
    }

    /// <summary>Waits until all of some processes are gone: the kernel takes a moment to clear one away.</summary>
    public static async Task AllGoneAsync(IEnumerable<int> processes)
    {
        foreach (var id in processes.Where(id => Directory.Exists($"/proc/{id}")))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
            catch (ArgumentException)
            {
                // It went in between.
            }
        }
    }

    private static IEnumerable<int> Children(int process) =>
        File.ReadAllText($"/proc/{process}/task/{process}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(int.Parse);
}
