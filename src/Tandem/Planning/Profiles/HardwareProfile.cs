namespace Tandem.Planning.Profiles;

/// <summary>
/// What some machines can do: measured by <c>tandem profile</c>, or written by hand for machines that one does not have.
/// </summary>
public sealed record HardwareProfile
{
    /// <summary>The version of what is written here; another one's figures mean something else.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the program's profiles that this is.</summary>
    public required int Version { get; init; }

    /// <summary>What it describes, for people.</summary>
    public required string Name { get; init; }

    /// <summary>The machine that it was measured on; null where it describes one.</summary>
    public Fingerprint? Fingerprint { get; init; }

    /// <summary>The machines, each kind once.</summary>
    public required IReadOnlyList<MachineProfile> Machines { get; init; }

    /// <summary>What sending takes from machine to machine; null where there is one machine.</summary>
    public LinkCost? Network { get; init; }

    /// <summary>Units of all machines together.</summary>
    public int Units => Machines.Sum(machine => machine.Units * machine.Count);

    /// <summary>Checks that its figures can be computed with.</summary>
    /// <exception cref="InputException">They cannot, or are of another version.</exception>
    public void Check()
    {
        if (Version != CurrentVersion)
        {
            throw new InputException(
                $"profile '{Name}' is stale: it is of version {Version}, expected {CurrentVersion}; measure again with tandem profile"
            );
        }
        if (Machines.Count == 0)
        {
            throw new InputException($"profile '{Name}' has no machines, expected one or more");
        }
        foreach (var machine in Machines)
        {
            machine.Check(Name);
        }
        if (Machines.Sum(machine => machine.Count) > 1 && Network is null)
        {
            throw new InputException(
                $"profile '{Name}' has several machines and no network, expected one between them"
            );
        }
        Network?.Check(Name, "network");
    }

    /// <summary>One of the machines, as much of it as may be used.</summary>
    /// <param name="units">Units that may be used.</param>
    /// <param name="memoryBytes">Bytes of memory that may be.</param>
    /// <exception cref="InputException">It describes several machines.</exception>
    internal HardwareProfile Within(int units, long memoryBytes) =>
        Machines is [{ Count: 1 } machine]
            ? this with
            {
                Machines = [machine with { Units = Math.Min(units, machine.Units), MemoryBytes = memoryBytes }],
            }
            : throw new InputException(
                $"profile '{Name}' describes {Machines.Sum(machine => machine.Count)} machines, and a model runs on this one; tandem plan and tandem simulate take it"
            );

    /// <summary>Refuses a profile that was measured on another machine, or with other kernels.</summary>
    /// <param name="here">This machine's fingerprint.</param>
    /// <exception cref="InputException">It was.</exception>
    public void RequireMeasuredOn(Fingerprint here)
    {
        if (Fingerprint is { } there && there != here)
        {
            throw new InputException(
                $"profile '{Name}' is stale: it was measured on {there.DifferingFrom(here)}, and this is {here.DifferingFrom(there)}; measure again with tandem profile"
            );
        }
    }
}
