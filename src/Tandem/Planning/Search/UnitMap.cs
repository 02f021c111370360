using Tandem.Planning.Profiles;

namespace Tandem.Planning.Search;

/// <summary>The units of all machines in a row, in which workers take theirs one after the other.</summary>
internal sealed class UnitMap
{
    private readonly MachineProfile[] _machines;
    private readonly int[] _instances;
    private readonly int[] _ends; // by instance: one behind its last unit

    /// <summary>The units of a profile.</summary>
    public UnitMap(HardwareProfile profile)
    {
        _machines = new MachineProfile[profile.Units];
        _instances = new int[profile.Units];
        var ends = new List<int>();
        var unit = 0;
        foreach (var machine in profile.Machines)
        {
            for (var one = 0; one < machine.Count; one++)
            {
                for (var i = 0; i < machine.Units; i++, unit++)
                {
                    (_machines[unit], _instances[unit]) = (machine, ends.Count);
                }
                ends.Add(unit);
            }
        }
        _ends = [.. ends];
        AreEqual = profile.Machines.Count == 1;
    }

    /// <summary>How many there are.</summary>
    public int Count => _machines.Length;

    /// <summary>Whether all are equal.</summary>
    public bool AreEqual { get; }

    /// <summary>What a unit belongs to.</summary>
    public MachineProfile Machine(int unit) => _machines[unit];

    /// <summary>The number of the machine that a unit belongs to.</summary>
    public int Instance(int unit) => _instances[unit];

    /// <summary>Whether all units [first, first + count) are of one machine.</summary>
    public bool IsOfOneMachine(int first, int count) => _instances[first] == _instances[first + count - 1];

    /// <summary>How many of the first <paramref name="used"/> units are of a machine.</summary>
    public int UsedOf(int instance, int used)
    {
        var first = instance == 0 ? 0 : _ends[instance - 1];
        return Math.Clamp(used - first, 0, _ends[instance] - first);
    }
}
