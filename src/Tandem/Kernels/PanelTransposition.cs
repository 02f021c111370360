using System.Runtime.CompilerServices;

namespace Tandem.Kernels;

/// <summary>
/// Packs formats whose files hold a row's numbers in the order in which packed panels do: four bytes after the other go to the row's lane,
/// and nothing comes apart.
/// </summary>
/// <param name="layout">Where they go; each panel is a super-block.</param>
/// <param name="blockBytes">Bytes of a block of 32 columns in the file.</param>
/// <param name="numbersAt">Where in a block its numbers are; before them are its scale and its min, if any.</param>
internal sealed unsafe class PanelTransposition(PanelLayout layout, int blockBytes, int numbersAt)
{
    // Four rows at a time make whole vectors, and the processor reads ahead along four streams.
    private const int Rows = 4;

    private const int LaneBytes = sizeof(int);

    private readonly int _rowBytes = layout.PackedNumberBytes / PanelLayout.GroupRows;
    private readonly uint _flips = layout.Packing.Bits == 8 ? 0x80808080 : 0;

    /// <summary>Packs so many blocks of each of 16 rows, from a byte of each row on.</summary>
    public void Pack(SourceRows source, long offset, int blocks, byte* packed)
    {
        for (var row = 0; row < PanelLayout.GroupRows; row += Rows)
        {
            PackFour(
                source.Row(row) + offset,
                source.Row(row + 1) + offset,
                source.Row(row + 2) + offset,
                source.Row(row + 3) + offset,
                blocks,
                packed + row * sizeof(ushort),
                packed + layout.HeaderBytes + row * LaneBytes
            );
        }
    }

    // Too long a loop to wait for the runtime to find out that it is worth optimising.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackFour(byte* a, byte* b, byte* c, byte* d, int blocks, byte* scales, byte* numbers)
    {
        var (step, superBytes, numbersFrom, end) = (blockBytes, layout.SuperBytes, numbersAt, numbersAt + _rowBytes);
        var flips = Vector128.Create(_flips);
        for (var block = 0; block < blocks; block++)
        {
            for (var at = 0; at < numbersFrom; at += sizeof(ushort))
            {
                var header = (ushort*)(scales + at * PanelLayout.GroupRows);
                header[0] = *(ushort*)(a + at);
                header[1] = *(ushort*)(b + at);
                header[2] = *(ushort*)(c + at);
                header[3] = *(ushort*)(d + at);
            }
            var lane = (uint*)numbers;
            for (var at = numbersFrom; at < end; at += LaneBytes, lane += PanelLayout.GroupRows)
            {
                var four = Vector128.Create(*(uint*)(a + at), *(uint*)(b + at), *(uint*)(c + at), *(uint*)(d + at));
                (four ^ flips).Store(lane);
            }
            a += step;
            b += step;
            c += step;
            d += step;
            scales += superBytes;
            numbers += superBytes;
        }
    }
}
