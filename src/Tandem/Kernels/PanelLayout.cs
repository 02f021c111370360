using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Tandem.Formats;

namespace Tandem.Kernels;

/// <summary>
/// How quantised weights lie in memory, and how a kernel takes them out again. Rows are packed in groups of 16. A
/// group is a sequence of super-blocks (the format's blocks); a super-block is 16 scales (and 16 mins), then for each
/// 32 columns the numbers of the 16 rows in planes of bits, then their sub-scales. Unpacked, 32 columns of a group
/// are a panel of bytes, [column / 4, row, column % 4]: the order in which a dot-product instruction takes them, one
/// row a 32-bit lane.
/// </summary>
internal sealed unsafe class PanelLayout
{
    /// <summary>Rows of a group.</summary>
    public const int GroupRows = 16;

    /// <summary>Columns of a panel.</summary>
    public const int PanelColumns = 32;

    /// <summary>Bytes of an unpacked panel.</summary>
    public const int PanelBytes = GroupRows * PanelColumns;

    /// <summary>Panels that are unpacked at a time.</summary>
    public const int RunPanels = 8;

    // Whose blocks come apart before their numbers are packed.
    private const int RowsAtOnce = 4;

    private const int CacheLineBytes = 64;
    private const int ScaleVectorBytes = GroupRows * sizeof(ushort);

    private readonly Format _format;

    // Null where numbers must come apart first.
    private readonly PanelTransposition? _transposition;

    /// <summary>How the weights of a format lie.</summary>
    /// <param name="format">The format.</param>
    /// <param name="cutsBlocks">
    /// Whether columns are cut within the format's blocks. Then a super-block is one panel, and has its scales (and mins) as
    /// floats, already multiplied with those of the block: the same numbers as unpacking gives, in a little more memory.
    /// </param>
    public PanelLayout(Format format, bool cutsBlocks)
    {
        (_format, CutsBlocks) = (format, cutsBlocks);
        Packing = format.Packing!;
        ScalesAPanel = PanelColumns / Packing.ScaleColumns;
        PackedNumberBytes = Packing.Bits * PanelBytes / 8;
        var vectors = Packing.MinSign == 0 ? 1 : 2;
        if (cutsBlocks)
        {
            SuperPanels = 1;
            HeaderBytes = vectors * ScalesAPanel * GroupRows * sizeof(float);
            PackedPanelBytes = PackedNumberBytes;
            return;
        }
        SuperPanels = Packing.SuperColumns / PanelColumns;
        HeaderBytes = ScaleVectorBytes * vectors;
        var subScaleBytes = Packing.MinSign == 0 || Packing.SharesScaleByte ? GroupRows : 2 * GroupRows;
        PackedPanelBytes = PackedNumberBytes + (Packing.HasSubScales ? subScaleBytes * ScalesAPanel : 0);
        if (Packing.NumbersAt is { } numbersAt)
        {
            _transposition = new PanelTransposition(this, format.BlockBytes, numbersAt);
        }
    }

    /// <summary>How the format's blocks come apart.</summary>
    public Packing Packing { get; }

    /// <summary>Scales of a row in a panel: 1 or 2.</summary>
    public int ScalesAPanel { get; }

    /// <summary>Whether a super-block is one panel with its scales as floats.</summary>
    public bool CutsBlocks { get; }

    /// <summary>Panels of a super-block.</summary>
    public int SuperPanels { get; }

    /// <summary>Bytes of a super-block.</summary>
    public int SuperBytes => HeaderBytes + SuperPanels * PackedPanelBytes;

    /// <summary>Bytes of the scales (and mins) before a super-block's panels.</summary>
    public int HeaderBytes { get; }

    /// <summary>Bytes of a packed panel: its numbers, then its sub-scales.</summary>
    public int PackedPanelBytes { get; }

    /// <summary>Bytes of a packed panel's numbers.</summary>
    public int PackedNumberBytes { get; }

    /// <summary>Panels of so many columns; the last one may be half empty where columns are cut within blocks.</summary>
    public static int Panels(int columns) => (columns + PanelColumns - 1) / PanelColumns;

    /// <summary>Bytes of a packed group of so many columns.</summary>
    public long GroupBytes(int columns) => (long)(Panels(columns) / SuperPanels) * SuperBytes;

    /// <summary>Packs some columns of up to 16 rows; rows that are missing become zeros.</summary>
    public void PackGroup(SourceRows source, int firstColumn, int columns, byte* packed)
    {
        if (CutsBlocks)
        {
            PackCutBlocks(source, firstColumn, columns, packed);
            return;
        }
        if (_transposition is not null && source.Count == GroupRows)
        {
            var offset = (long)(firstColumn / PanelColumns) * _format.BlockBytes;
            _transposition.Pack(source, offset, Panels(columns), packed);
            return;
        }
        PackBlocks(source, firstColumn, columns, packed);
    }

    [SkipLocalsInit]
    private void PackBlocks(SourceRows source, int firstColumn, int columns, byte* packed)
    {
        var panels = stackalloc byte[RunPanels * PanelBytes];
        if (source.Count < GroupRows)
        {
            new Span<byte>(packed, (int)GroupBytes(columns)).Clear();
            new Span<byte>(panels, RunPanels * PanelBytes).Clear();
        }
        var supers = columns / Packing.SuperColumns;
        // Some cache lines of a row before the next row, for the processor reads ahead along few rows at a time.
        var supersARun = Math.Max(1, RunPanels / SuperPanels);
        for (var super = 0; super < supers; super += supersARun)
        {
            var count = Math.Min(supersARun, supers - super);
            var destination = packed + (long)super * SuperBytes;
            var offset = (long)(firstColumn / Packing.SuperColumns + super) * _format.BlockBytes;
            for (var row = 0; row < source.Count; row += RowsAtOnce)
            {
                PackRows(source, row, offset, count, panels, destination);
            }
            for (var panel = 0; panel < count * SuperPanels; panel++)
            {
                var (i, inSuper) = Math.DivRem(panel, SuperPanels);
                PackNumbers(
                    panels + panel * PanelBytes,
                    destination + i * SuperBytes + HeaderBytes + inSuper * PackedPanelBytes
                );
            }
        }
    }

    // Four rows' numbers make whole vectors of a panel; rows that the matrix has not got are zeros.
    [SkipLocalsInit]
    private void PackRows(SourceRows source, int firstRow, long offset, int supers, byte* panels, byte* destination)
    {
        var parts = stackalloc BlockParts[RowsAtOnce];
        var rows = Math.Min(RowsAtOnce, source.Count - firstRow);
        new Span<BlockParts>(parts + rows, RowsAtOnce - rows).Clear();
        var blockBytes = _format.BlockBytes;
        for (var super = 0; super < supers; super++)
        {
            for (var i = 0; i < rows; i++)
            {
                var block = source.Row(firstRow + i) + offset + super * blockBytes;
                AskFor(block + blockBytes, blockBytes);
                _format.TakeApart(new ReadOnlySpan<byte>(block, blockBytes), ref parts[i]);
                PackScales(ref parts[i], firstRow + i, destination);
            }
            PackFours(parts, (uint*)panels + firstRow);
            panels += SuperPanels * PanelBytes;
            destination += SuperBytes;
        }
    }

    // A run of panels at a time, so that a block comes apart once or twice for all of its panels.
    private void PackCutBlocks(SourceRows source, int firstColumn, int columns, byte* packed)
    {
        new Span<byte>(packed, (int)GroupBytes(columns)).Clear();
        var parts = new BlockParts();
        var panels = stackalloc byte[RunPanels * PanelBytes];
        for (var first = 0; first < Panels(columns); first += RunPanels)
        {
            var count = Math.Min(RunPanels, Panels(columns) - first);
            var destination = packed + (long)first * SuperBytes;
            new Span<byte>(panels, RunPanels * PanelBytes).Clear();
            for (var row = 0; row < source.Count; row++)
            {
                var end = firstColumn + Math.Min(columns, (first + count) * PanelColumns);
                PackCutRow(
                    ref parts,
                    source.Row(row),
                    row,
                    firstColumn + first * PanelColumns,
                    end,
                    panels,
                    destination
                );
            }
            for (var panel = 0; panel < count; panel++)
            {
                PackNumbers(panels + panel * PanelBytes, destination + panel * SuperBytes + HeaderBytes);
            }
        }
    }

    // One row's columns, a run that shares a scale after the other.
    private void PackCutRow(
        ref BlockParts parts,
        byte* source,
        int row,
        int firstColumn,
        int endColumn,
        byte* panels,
        byte* destination
    )
    {
        var block = -1;
        for (var column = firstColumn; column < endColumn; column += Packing.ScaleColumns)
        {
            if (column / Packing.SuperColumns != block)
            {
                block = column / Packing.SuperColumns;
                _format.TakeApart(
                    new ReadOnlySpan<byte>(source + (long)block * _format.BlockBytes, _format.BlockBytes),
                    ref parts
                );
            }
            var inBlock = column - block * Packing.SuperColumns;
            var (panel, part) = Math.DivRem((column - firstColumn) / Packing.ScaleColumns, ScalesAPanel);
            var scales = (float*)(destination + panel * SuperBytes);
            var subScale = inBlock / Packing.ScaleColumns;
            scales[part * GroupRows + row] = ScaleOf(ref parts, subScale);
            if (Packing.MinSign != 0)
            {
                scales[(ScalesAPanel + part) * GroupRows + row] = MinOf(ref parts, subScale);
            }
            var numbers = MemoryMarshal.Cast<byte, int>(parts.Numbers.Slice(inBlock, Packing.ScaleColumns));
            var fours = (int*)(panels + panel * PanelBytes) + part * numbers.Length * GroupRows;
            for (var i = 0; i < numbers.Length; i++)
            {
                fours[i * GroupRows + row] = numbers[i];
            }
        }
    }

    // The products that unpacking would make of the block's scale and its own.
    private float ScaleOf(ref BlockParts parts, int subScale)
    {
        var scale = (float)BitConverter.UInt16BitsToHalf(parts.Scale);
        return Packing.HasSubScales ? scale * parts.SubScales[subScale] : scale;
    }

    private float MinOf(ref BlockParts parts, int subScale)
    {
        var min = (float)BitConverter.UInt16BitsToHalf(parts.Min) * Packing.MinSign;
        return Packing.HasSubScales ? min * parts.SubMins[subScale] : min;
    }

    // Sixteen rows are more than the processor reads ahead along by itself.
    private static void AskFor(byte* bytes, int count)
    {
        for (var at = 0; Sse.IsSupported && at < count; at += CacheLineBytes)
        {
            Sse.Prefetch0(bytes + at);
        }
    }

    // Four columns of four rows at a time go to the rows' lanes.
    private void PackFours(BlockParts* rows, uint* lanes)
    {
        fixed (
            byte* a = rows[0].Numbers,
                b = rows[1].Numbers,
                c = rows[2].Numbers,
                d = rows[3].Numbers
        )
        {
            for (var column = 0; column < Packing.SuperColumns; column += sizeof(uint), lanes += GroupRows)
            {
                Vector128
                    .Create(*(uint*)(a + column), *(uint*)(b + column), *(uint*)(c + column), *(uint*)(d + column))
                    .Store(lanes);
            }
        }
    }

    // Planes: four bits hold vectors v and v + 4 of a panel in a byte, two bits v to v + 3, one bit all eight.
    private void PackNumbers(byte* panel, byte* packed)
    {
        if (Packing.Bits == 8)
        {
            Buffer.MemoryCopy(panel, packed, PanelBytes, PanelBytes);
            return;
        }
        var shift = 0;
        if (Packing.Bits >= 4)
        {
            packed = PackPlane(panel, packed, vectors: 2, bits: 4, stride: 4, shift);
            shift += 4;
        }
        if (Packing.Bits is 2 or 3 or 6)
        {
            packed = PackPlane(panel, packed, vectors: 4, bits: 2, stride: 1, shift);
            shift += 2;
        }
        if (Packing.Bits is 3 or 5)
        {
            PackPlane(panel, packed, vectors: 8, bits: 1, stride: 1, shift);
        }
    }

    // Each byte of a plane takes some bits of several vectors that lie stride apart.
    private static byte* PackPlane(byte* panel, byte* packed, int vectors, int bits, int stride, int shift)
    {
        var mask = Vector512.Create((byte)((1 << bits) - 1));
        var step = stride == 1 ? vectors : 1;
        for (var plane = 0; plane < 8 / vectors; plane++, packed += 64)
        {
            var bytes = Vector512<byte>.Zero;
            for (var i = 0; i < vectors; i++)
            {
                var vector = Vector512.Load(panel + (plane * step + i * stride) * 64);
                var part = (vector.AsUInt16() >> shift).AsByte() & mask;
                bytes |= (part.AsUInt16() << (i * bits)).AsByte();
            }
            bytes.Store(packed);
        }
        return packed;
    }

    // To the row's place among 16 in the header of a super-block, and behind the numbers of each of its panels.
    private void PackScales(ref BlockParts parts, int row, byte* super)
    {
        ((ushort*)super)[row] = parts.Scale;
        if (Packing.MinSign != 0)
        {
            ((ushort*)(super + ScaleVectorBytes))[row] = parts.Min;
        }
        if (!Packing.HasSubScales)
        {
            return;
        }
        var scales = MemoryMarshal.AsBytes(parts.SubScales);
        var destination = super + HeaderBytes + PackedNumberBytes + row;
        if (Packing.SharesScaleByte)
        {
            var mins = Vector128.Create<byte>(parts.SubMins) << 4;
            (Vector128.Create<byte>(scales) | mins).CopyTo(scales);
        }
        else if (Packing.MinSign != 0)
        {
            PackSubScales(parts.SubMins, destination + ScalesAPanel * GroupRows);
        }
        PackSubScales(scales, destination);
    }

    private void PackSubScales(ReadOnlySpan<byte> subScales, byte* destination)
    {
        var step = PackedPanelBytes;
        fixed (byte* first = subScales)
        {
            var subScale = first;
            for (var panel = 0; panel < SuperPanels; panel++, destination += step)
            {
                destination[0] = *subScale++;
                if (ScalesAPanel == 2)
                {
                    destination[GroupRows] = *subScale++;
                }
            }
        }
    }

    /// <summary>Unpacks the panels from <paramref name="firstPanel"/> on of a group.</summary>
    public void Unpack(byte* group, int firstPanel, int panels, in PanelRun run)
    {
        Debug.Assert(panels <= RunPanels && firstPanel % RunPanels == 0, "a run begins at a super-block");
        for (var panel = 0; panel < panels; panel++)
        {
            var super = group + (long)((firstPanel + panel) / SuperPanels) * SuperBytes;
            var packed = super + HeaderBytes + (firstPanel + panel) % SuperPanels * PackedPanelBytes;
            UnpackNumbers(packed, run.Numbers + panel * PanelBytes);
            UnpackScales(super, packed + PackedNumberBytes, run, panel * ScalesAPanel * GroupRows);
        }
    }

    private void UnpackNumbers(byte* packed, byte* numbers)
    {
        switch (Packing.Bits)
        {
            case 8:
                Buffer.MemoryCopy(packed, numbers, PanelBytes, PanelBytes);
                return;
            case 4:
                UnpackNibbles(packed, numbers);
                break;
            case 5:
                UnpackNibbles(packed, numbers);
                AddBits(packed + 256, numbers, 4);
                break;
            case 6:
                UnpackNibbles(packed, numbers);
                AddPairs(packed + 256, numbers, 4);
                break;
            case 2:
                SetPairs(packed, numbers);
                break;
            case 3:
                SetPairs(packed, numbers);
                AddBits(packed + 128, numbers, 2);
                break;
        }
        if (Packing.Table is { } table)
        {
            LookUp(table, numbers);
        }
    }

    private static void UnpackNibbles(byte* packed, byte* numbers)
    {
        var mask = Vector512.Create((byte)15);
        for (var vector = 0; vector < 4; vector++)
        {
            var bytes = Vector512.Load(packed + vector * 64);
            (bytes & mask).Store(numbers + vector * 64);
            ((bytes.AsUInt16() >> 4).AsByte() & mask).Store(numbers + (vector + 4) * 64);
        }
    }

    private static void SetPairs(byte* packed, byte* numbers)
    {
        for (var vector = 0; vector < 8; vector++)
        {
            Pair(packed, vector).Store(numbers + vector * 64);
        }
    }

    private static void AddPairs(byte* packed, byte* numbers, int shift)
    {
        for (var vector = 0; vector < 8; vector++)
        {
            var high = (Pair(packed, vector).AsUInt16() << shift).AsByte();
            (Vector512.Load(numbers + vector * 64) | high).Store(numbers + vector * 64);
        }
    }

    private static Vector512<byte> Pair(byte* packed, int vector) =>
        (Vector512.Load(packed + vector / 4 * 64).AsUInt16() >> (vector % 4 * 2)).AsByte() & Vector512.Create((byte)3);

    private static void AddBits(byte* packed, byte* numbers, int shift)
    {
        var plane = Vector512.Load(packed).AsUInt16();
        for (var vector = 0; vector < 8; vector++)
        {
            var bit = ((plane >> vector).AsByte() & Vector512<byte>.One).AsUInt16() << shift;
            (Vector512.Load(numbers + vector * 64) | bit.AsByte()).Store(numbers + vector * 64);
        }
    }

    private static void LookUp(byte[] table, byte* numbers)
    {
        var entries = Vector128.Create<byte>(table);
        for (var i = 0; i < PanelBytes; i += 16)
        {
            Vector128.Shuffle(entries, Vector128.Load(numbers + i)).Store(numbers + i);
        }
    }

    private void UnpackScales(byte* super, byte* subScales, in PanelRun run, int offset)
    {
        if (CutsBlocks)
        {
            var vector = ScalesAPanel * GroupRows;
            new Span<float>(super, vector).CopyTo(new Span<float>(run.Scales + offset, vector));
            if (Packing.MinSign != 0)
            {
                new Span<float>(super + vector * sizeof(float), vector).CopyTo(
                    new Span<float>(run.Mins + offset, vector)
                );
            }
            return;
        }
        var scale = VectorMath.FromHalf(Vector256.Load((ushort*)super));
        var min = Vector512<float>.Zero;
        if (Packing.MinSign != 0)
        {
            min = VectorMath.FromHalf(Vector256.Load((ushort*)(super + ScaleVectorBytes))) * (float)Packing.MinSign;
        }
        if (!Packing.HasSubScales)
        {
            scale.Store(run.Scales + offset);
            min.Store(run.Mins + offset);
            return;
        }
        for (var i = 0; i < ScalesAPanel; i++)
        {
            var bytes = Vector128.Load(subScales + i * GroupRows);
            if (Packing.SharesScaleByte)
            {
                var low = bytes & Vector128.Create((byte)15);
                (scale * Widen(low.AsSByte())).Store(run.Scales + offset + i * GroupRows);
                (min * Widen((bytes >> 4).AsSByte())).Store(run.Mins + offset + i * GroupRows);
                continue;
            }
            (scale * Widen(bytes.AsSByte())).Store(run.Scales + offset + i * GroupRows);
            if (Packing.MinSign != 0)
            {
                var mins = Vector128.Load(subScales + (ScalesAPanel + i) * GroupRows);
                (min * Widen(mins.AsSByte())).Store(run.Mins + offset + i * GroupRows);
            }
        }
    }

    private static Vector512<float> Widen(Vector128<sbyte> bytes)
    {
        var shorts = Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
        return Vector512.ConvertToSingle(Vector512.Create(Vector256.WidenLower(shorts), Vector256.WidenUpper(shorts)));
    }
}
