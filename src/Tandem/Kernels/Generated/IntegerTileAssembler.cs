using Iced.Intel;
using Tandem.Formats;

namespace Tandem.Kernels.Generated;

/// <summary>
/// Quantised weights with 8-bit activations, straight from packed memory. The additions are those of
/// <see cref="IntegerKernel"/>, in the same order, so the bits are the same.
/// </summary>
internal abstract class IntegerTileAssembler : TileAssembler
{
    private const int VectorsAPanel = 8;
    private const int HalfVectorBytes = PanelLayout.GroupRows * sizeof(ushort);
    private const int ScaleVectorBytes = PanelLayout.GroupRows * sizeof(float);

    private readonly PanelLayout _layout;

    protected IntegerTileAssembler(TileTarget target, PanelLayout layout, TileSize size)
        : base(target, size)
    {
        _layout = layout;
        Numbers = new NumberAssembler(Simd, layout.Packing);
    }

    /// <summary>How the format's blocks come apart.</summary>
    protected Packing Packing => _layout.Packing;

    /// <summary>Takes numbers out of panels.</summary>
    protected NumberAssembler Numbers { get; }

    /// <inheritdoc/>
    protected override int AheadTokensMin =>
        Packing.Bits == 8 ? 3
        : Packing.HasSubScales || Packing.Bits == 5 ? 1
        : 2;

    /// <inheritdoc/>
    protected override bool OneTokenAsksAlongStream => Packing.HasSubScales;

    private int Parts => _layout.ScalesAPanel;

    /// <summary>The kernel of a tile.</summary>
    /// <param name="target">What it is assembled for.</param>
    /// <param name="layout">How the weights lie.</param>
    /// <param name="size">The tile.</param>
    public static IntegerTileAssembler Create(TileTarget target, PanelLayout layout, TileSize size) =>
        target.Set.HasDot ? new DotTileAssembler(target, layout, size) : new PairTileAssembler(target, layout, size);

    /// <summary>
    /// The tiles of a format. An output has a register for its sum, one for that of a part of a panel, and where it is needed one of 16-bit
    /// sums; with those, numbers that lie in several planes or are looked up are best unpacked for as many tokens as can be.
    /// </summary>
    public static TileSizes Sizes(InstructionSet set, Packing packing) =>
        set.HasDot || PairTileAssembler.AddsWithin16Bits(packing)
            ? new TileSizes(set, registersAnOutput: 2)
            : new TileSizes(set, registersAnOutput: 3, goesVectorByVector: packing.Bits < 8);

    /// <inheritdoc/>
    protected override void AddProducts()
    {
        var super = Code.CreateLabel();
        Code.Label(ref super);
        ReadAhead(ahead => ahead + 0, _layout.HeaderBytes);
        if (_layout.SuperPanels == 1)
        {
            AddPanel();
        }
        else
        {
            Code.xor(Offset, Offset);
            var panel = Code.CreateLabel();
            Code.Label(ref panel);
            AddPanel();
            Code.add(Offset, _layout.PackedPanelBytes);
            Code.cmp(Offset, _layout.SuperPanels * _layout.PackedPanelBytes);
            Code.jb(panel);
        }
        AdvanceWeights(_layout.SuperBytes);
        Code.dec(Count);
        Code.jnz(super);
    }

    /// <summary>
    /// Sets <see cref="TileAssembler.Product"/> to the whole-number products of the numbers less their bias, over some of a
    /// panel's groups of four columns.
    /// </summary>
    /// <param name="part">The part of the panel that they are, for <see cref="LoadSum"/>.</param>
    /// <param name="first">The first group of columns.</param>
    /// <param name="count">How many.</param>
    protected abstract void SetDots(int part, int first, int count);

    /// <summary>Loads four columns of each vector of rows; the temporary register is overwritten.</summary>
    /// <param name="columns">Which of a panel.</param>
    /// <param name="digitShift">The first bit of the digit that is wanted alone; null for the whole number.</param>
    protected void LoadNumbers(int columns, int? digitShift = null)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            var panel = Panel(vector, 0, sizeof(int));
            if (digitShift is { } shift)
            {
                Numbers.LoadDigit(Loaded(vector), panel, columns, Temporary, shift);
            }
            else
            {
                Numbers.Load(Loaded(vector), panel, columns, Temporary);
            }
        }
    }

    /// <summary>Loads the sum of a token's numbers over a part of a panel; the temporary register is overwritten.</summary>
    protected void LoadSum(int to, int token, int part)
    {
        if (Parts == 2)
        {
            Simd.Broadcast(to, Sum(token, part * sizeof(int)));
            return;
        }
        Simd.Broadcast(to, Sum(token, 0));
        Simd.AddBroadcast(to, Sum(token, sizeof(int)), Temporary);
    }

    private void AddPanel()
    {
        ReadAhead(
            ahead => (_layout.SuperPanels == 1 ? ahead + 0 : ahead + Offset) + _layout.HeaderBytes,
            _layout.PackedPanelBytes
        );
        const int Vectors = VectorsAPanel;
        for (var part = 0; part < Parts; part++)
        {
            SetDots(part, part * Vectors / Parts, Vectors / Parts);
            AddScaled(part);
            if (Packing.MinSign != 0)
            {
                AddMins(part);
            }
        }
        AdvanceInput(PanelLayout.PanelColumns);
        AdvanceScales(sizeof(float));
        AdvanceSums(2 * sizeof(int));
    }

    private AssemblerMemoryOperand Panel(int vector, int offset, int rowBytes) =>
        Rows(vector, _layout.HeaderBytes + offset, rowBytes, _layout.SuperPanels == 1 ? null : Offset);

    private void AddScaled(int part)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            LoadScale(vector, part, isMin: false);
        }
        for (var token = 0; token < Tokens; token++)
        {
            Simd.Broadcast(Shared, Scale(token, 0));
            for (var vector = 0; vector < Vectors; vector++)
            {
                var dot = Product(vector, token);
                Simd.MultiplyFloats(Temporary, Loaded(vector), Shared);
                Simd.ToFloat(dot);
                Simd.AddProducts(Output(vector, token), dot, Temporary);
            }
        }
    }

    private void AddMins(int part)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            LoadScale(vector, part, isMin: true);
        }
        // Where the scales of cut blocks lie, the sign is in them already.
        var subtracts = Packing.MinSign < 0 && !_layout.CutsBlocks;
        for (var token = 0; token < Tokens; token++)
        {
            LoadSum(Shared, token, part);
            Simd.ToFloat(Shared);
            Simd.Broadcast(Temporary, Scale(token, 0));
            Simd.MultiplyFloats(Shared, Shared, Temporary);
            for (var vector = 0; vector < Vectors; vector++)
            {
                if (subtracts)
                {
                    Simd.SubtractProducts(Output(vector, token), Loaded(vector), Shared);
                }
                else
                {
                    Simd.AddProducts(Output(vector, token), Loaded(vector), Shared);
                }
            }
        }
    }

    // A scale or min of each row: that of the super-block times that of the part, where it has one.
    private void LoadScale(int vector, int part, bool isMin)
    {
        var scale = Loaded(vector);
        var index = (isMin ? Parts : 0) + part;
        if (_layout.CutsBlocks)
        {
            Simd.Load(scale, Rows(vector, index * ScaleVectorBytes, sizeof(float)));
            return;
        }
        Simd.FromHalf(scale, Rows(vector, isMin ? HalfVectorBytes : 0, sizeof(ushort)));
        if (!Packing.HasSubScales)
        {
            return;
        }
        var subScales = _layout.PackedNumberBytes;
        if (!Packing.SharesScaleByte)
        {
            Simd.WidenSignedBytes(Temporary, Panel(vector, subScales + index * PanelLayout.GroupRows, 1));
        }
        else
        {
            Simd.WidenBytes(Temporary, Panel(vector, subScales + part * PanelLayout.GroupRows, 1));
            if (isMin)
            {
                Simd.ShiftRight(Temporary, 4);
            }
            else
            {
                Simd.And(Temporary, 15);
            }
        }
        Simd.ToFloat(Temporary);
        Simd.MultiplyFloats(scale, scale, Temporary);
    }
}
