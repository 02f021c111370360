using System.CommandLine;
using Tandem.Cluster;
using Tandem.Devices;
using Tandem.Planning.Profiles;
using Tandem.Serving.Profiling;

namespace Tandem.Cli.Commands;

/// <summary>
/// What the processes do that <c>tandem profile</c> starts under Open MPI: they measure their groups, and number 0 writes the times to a
/// file. Not for people.
/// </summary>
internal sealed class GroupTimesCommand : Command
{
    /// <summary>The command's name.</summary>
    public const string CommandName = "group-times";

    private readonly Argument<string> _file = new("FILE");

    public GroupTimesCommand()
        : base(CommandName, "Measures groups of processes; tandem profile starts it.")
    {
        Hidden = true;
        Add(_file);
        SetAction(Refuse);
    }

    /// <summary>Measures groups of two processes, of four, and so on up to all.</summary>
    public void Measure(ParseResult parsed, MpiSession session)
    {
        var (world, cores) = (session.World, CpuTopology.PhysicalCores());
        var times = new List<CollectiveTimes>();
        for (
            var ranks = 2;
            ranks <= world.Size;
            ranks = ranks < world.Size ? Math.Min(2 * ranks, world.Size) : ranks + 1
        )
        {
            // Everybody takes part in every parting; the others wait at the next one.
            var group = world.Split(world.Rank < ranks ? 0 : 1);
            if (world.Rank < ranks)
            {
                times.AddRange(GroupProbe.Measure(group, cores, TimeProvider.System));
            }
        }
        world.Barrier();
        if (world.Rank == 0)
        {
            File.WriteAllText(parsed.GetRequiredValue(_file), ProfileFile.Write(times));
        }
    }

    private static int Refuse(ParseResult parsed) =>
        throw new InputException($"{CommandName}: found no other processes; tandem profile starts it");
}
