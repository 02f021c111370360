using System.Runtime.InteropServices;
using Tandem.Plans;

namespace Tandem.Planning.Search;

/// <summary>What a step computes, as far as its time depends on it.</summary>
internal sealed class StepLoad
{
    private readonly List<SegmentLoad> _segments = [];

    /// <summary>Rows of the step; not always whole, where it stands for several steps.</summary>
    public double Rows { get; private set; }

    /// <summary>Rows of it that are sampled.</summary>
    public double SampledRows { get; private set; }

    /// <summary>The parts of sequences that it computes.</summary>
    public ReadOnlySpan<SegmentLoad> Segments => CollectionsMarshal.AsSpan(_segments);

    /// <summary>A step in which some sequences generate a token each.</summary>
    public static StepLoad Generating(double sequences, double position)
    {
        var load = new StepLoad();
        load.Add(new SegmentLoad(sequences, 1, position), sequences);
        return load;
    }

    /// <summary>A step that computes a part of a prompt, and samples a row where it is the last.</summary>
    public static StepLoad Prompt(int rows, double firstPosition, bool isLast)
    {
        var load = new StepLoad();
        load.Add(new SegmentLoad(1, rows, firstPosition), isLast ? 1 : 0);
        return load;
    }

    /// <summary>Adds parts of sequences.</summary>
    public void Add(SegmentLoad segment, double sampledRows)
    {
        _segments.Add(segment);
        Rows += segment.Count * segment.Rows;
        SampledRows += sampledRows;
    }

    /// <summary>Becomes a step of a scheduler.</summary>
    public void Read(StepPlan plan)
    {
        _segments.Clear();
        (Rows, SampledRows) = (0, 0);
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            Add(new SegmentLoad(1, segment.Rows, segment.FirstPosition), segment.SampledRows);
        }
    }
}

/// <summary>Equal parts of some sequences.</summary>
/// <param name="Count">How many sequences.</param>
/// <param name="Rows">Rows of each.</param>
/// <param name="FirstPosition">The position of each one's first row.</param>
internal readonly record struct SegmentLoad(double Count, int Rows, double FirstPosition);
