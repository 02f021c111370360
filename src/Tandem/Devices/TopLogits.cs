using System.Runtime.InteropServices;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Plans;

namespace Tandem.Devices;

/// <summary>
/// The largest of a rank's logits of a row, which travel to rank 0 instead of all where a choice looks at no others. Whatever is among
/// the k largest of a row is among the k largest of its part, lower ids coming first among equals in both, so that nothing is lost.
/// </summary>
internal sealed unsafe class TopLogits
{
    // A value and an id.
    private const int EntryFloats = 2;

    private readonly int _lengthMax;
    private readonly float* _maxima; // [blocks of the longest part]
    private readonly float* _entries; // values, and the ids behind them

    /// <summary>Room for the parts of all ranks, one at a time.</summary>
    /// <param name="arena">Where it lies.</param>
    /// <param name="lengthMax">Logits of the longest part.</param>
    public TopLogits(Arena arena, int lengthMax)
    {
        _lengthMax = lengthMax;
        _maxima = arena.AllocateZeroed<float>(LogitRow.Blocks(lengthMax));
        _entries = arena.AllocateZeroed<float>(EntryFloats * (long)lengthMax);
    }

    /// <summary>How many logits of a part travel; null where all of them do, which then are no longer without their ids.</summary>
    /// <param name="sampling">How the row's token is chosen.</param>
    /// <param name="part">The part.</param>
    public static int? CountOf(SamplingParameters sampling, Share part) =>
        sampling.LogitsMax(part.Whole) is { } count && count <= part.Count / EntryFloats ? count : null;

    /// <summary>The message of so many logits.</summary>
    public Span<byte> Message(int count) =>
        MemoryMarshal.AsBytes(new Span<float>(_entries, checked(EntryFloats * count)));

    /// <summary>Fills the message with the largest logits of a part; where one is no finite number, with that alone.</summary>
    public void Choose(ReadOnlySpan<float> logits, int count)
    {
        var maxima = new Span<float>(_maxima, LogitRow.Blocks(logits.Length));
        var largest = LogitRow.Maxima(logits, maxima);
        var values = Values(count);
        var ids = Ids(count);
        if (!float.IsFinite(largest))
        {
            values.Fill(largest);
            ids.Clear();
            return;
        }
        if (count == 1)
        {
            (values[0], ids[0]) = (largest, LogitRow.FirstOf(logits, maxima, largest));
            return;
        }
        Collect(logits, maxima, count);
    }

    /// <summary>Makes a part that of the message; what did not travel is −∞.</summary>
    public void Place(Span<float> logits, int count)
    {
        logits.Fill(float.NegativeInfinity);
        var values = Values(count);
        var ids = Ids(count);
        for (var i = 0; i < count; i++)
        {
            logits[ids[i]] = values[i];
        }
    }

    private Span<float> Values(int count) => new(_entries, count);

    private Span<int> Ids(int count) => new(_entries + count, count);

    private void Collect(ReadOnlySpan<float> logits, ReadOnlySpan<float> maxima, int count)
    {
        // So many blocks have a maximum of at least the bound that no fewer logits are let through.
        var bound = count <= maxima.Length ? Cut.ByCount(maxima, count).Value : float.NegativeInfinity;
        var values = Values(_lengthMax);
        var ids = Ids(_lengthMax);
        var found = LogitRow.Collect(logits, maxima, bound, ids, values);
        var cut = Cut.ByCount(values[..found], count);
        var kept = 0;
        for (var i = 0; i < found; i++)
        {
            if (cut.Keeps(values[i], 1))
            {
                (values[kept], ids[kept]) = (values[i], ids[i]);
                kept++;
            }
        }
        ids[..count].CopyTo(Ids(count));
    }
}
