using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Tandem.Formats;

/// <summary>IEEE 754 half precision, little-endian.</summary>
internal sealed class F16 : Format
{
    /// <inheritdoc/>
    public override string Name => "F16";

    /// <inheritdoc/>
    public override int GgufType => 1;

    /// <inheritdoc/>
    public override int BlockLength => 1;

    /// <inheritdoc/>
    public override unsafe int BlockBytes => sizeof(Half);

    /// <inheritdoc/>
    public override FloatWidening Widening => FloatWidening.F16;

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> values) =>
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(blocks), values);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> values, Span<byte> blocks) =>
        TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(blocks));
}
