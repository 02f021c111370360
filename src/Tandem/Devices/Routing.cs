namespace Tandem.Devices;

/// <summary>
/// Which experts the rows of a step go through. A row takes as many slots as it has experts; slots are sorted by
/// expert, so that an expert's rows lie together. Preallocated.
/// </summary>
/// <param name="rowsMax">The most rows of a step.</param>
/// <param name="experts">Experts of the layer.</param>
/// <param name="used">Experts of a row.</param>
internal sealed class Routing(int rowsMax, int experts, int used) : Resource
{
    /// <summary>Experts of a row.</summary>
    public int Used => used;

    /// <summary>The most experts that so many rows can go through.</summary>
    public int ActiveMax(int rows) => Math.Min(experts, rows * used);

    /// <summary>Experts that any row goes through.</summary>
    public int Active { get; private set; }

    /// <summary>Those experts, ascending.</summary>
    public int[] ActiveExperts { get; } = new int[experts];

    /// <summary>Where the slots of each of those begin; one more entry ends the last.</summary>
    public int[] FirstSlots { get; } = new int[experts + 1];

    /// <summary>The row of each slot.</summary>
    public int[] RowOfSlot { get; } = new int[rowsMax * used];

    /// <summary>The slot of a row's i-th choice, [rows, used].</summary>
    public int[] SlotOfChoice { get; } = new int[rowsMax * used];

    /// <summary>The expert of a row's i-th choice, [rows, used].</summary>
    public int[] Choices { get; } = new int[rowsMax * used];

    /// <summary>What each choice counts for, [rows, used].</summary>
    public float[] Weights { get; } = new float[rowsMax * used];

    /// <summary>Sorts the choices of the first <paramref name="rows"/> rows into slots.</summary>
    public void Sort(int rows)
    {
        Active = 0;
        var slot = 0;
        for (var expert = 0; expert < experts; expert++)
        {
            var first = slot;
            for (var choice = 0; choice < rows * used; choice++)
            {
                if (Choices[choice] == expert)
                {
                    RowOfSlot[slot] = choice / used;
                    SlotOfChoice[choice] = slot++;
                }
            }
            if (slot > first)
            {
                FirstSlots[Active] = first;
                ActiveExperts[Active++] = expert;
            }
        }
        FirstSlots[Active] = slot;
    }
}
