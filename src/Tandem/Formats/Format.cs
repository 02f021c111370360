namespace Tandem.Formats;

/// <summary>
/// A number format of weights in a file: how many values a block holds, how many bytes it takes, and how to read and
/// write it. One file each; <see cref="FormatTable"/> names them all. A block never crosses a row.
/// </summary>
public abstract class Format
{
    /// <summary>The field's own name, such as <c>Q4_0</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The id of this format in a GGUF file (the <c>ggml_type</c> enumeration of the GGUF specification).</summary>
    public abstract int GgufType { get; }

    /// <summary>Values in a block; a row's length is a multiple of it.</summary>
    public abstract int BlockLength { get; }

    /// <summary>Bytes of a block.</summary>
    public abstract int BlockBytes { get; }

    /// <summary>Reads whole blocks into floats; <paramref name="values"/> has BlockLength × blocks elements.</summary>
    public abstract void Decode(ReadOnlySpan<byte> blocks, Span<float> values);

    /// <summary>Writes floats as whole blocks, rounding to nearest where the format has a choice.</summary>
    public abstract void Encode(ReadOnlySpan<float> values, Span<byte> blocks);

    /// <summary>How a block comes apart into whole numbers and scales; null for floating-point formats.</summary>
    public virtual Packing? Packing => null;

    /// <summary>How a floating-point format's numbers become 32-bit floats; of no meaning for quantised ones.</summary>
    public virtual FloatWidening Widening => FloatWidening.None;

    /// <summary>Takes one block apart, as <see cref="Packing"/> describes it.</summary>
    /// <exception cref="NotSupportedException">The format is a floating-point one.</exception>
    public virtual void TakeApart(ReadOnlySpan<byte> block, ref BlockParts parts) =>
        throw new NotSupportedException($"{Name} has no whole numbers to take apart");

    /// <summary>Bytes of <paramref name="values"/> values, which must be a whole number of blocks.</summary>
    public long BytesOf(long values) => values / BlockLength * BlockBytes;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
