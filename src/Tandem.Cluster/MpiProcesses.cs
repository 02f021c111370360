using Tandem.Parallel;

namespace Tandem.Cluster;

/// <summary>Parts the processes of a session into the groups of a layout.</summary>
public static class MpiProcesses
{
    /// <summary>This process's ends of its groups; all processes call it.</summary>
    public static ProcessGroup Part(MpiSession session, ProcessLayout layout)
    {
        var world = session.World;
        var copyNumber = world.Rank / layout.CopyProcesses;
        var copy = world.Split(copyNumber);
        var ranks = copy.Split(copy.Rank / layout.Ranks);
        var driver = copy;
        var others = new List<ICommunicator>();
        // Everybody takes part in every parting.
        for (var other = 1; other < layout.Copies; other++)
        {
            // Process 0 computes for its own copy meanwhile.
            var group = world.Split(world.Rank == 0 || copyNumber == other ? 0 : 1, givesWay: world.Rank == 0);
            if (world.Rank == 0)
            {
                others.Add(group);
            }
            else if (copyNumber == other)
            {
                driver = group;
            }
        }
        return new ProcessGroup(layout, world, copy, ranks, driver, others);
    }
}
