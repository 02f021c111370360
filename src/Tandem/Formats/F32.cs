using System.Runtime.InteropServices;

namespace Tandem.Formats;

/// <summary>IEEE 754 single precision, little-endian.</summary>
internal sealed class F32 : Format
{
    /// <inheritdoc/>
    public override string Name => "F32";

    /// <inheritdoc/>
    public override int GgufType => 0;

    /// <inheritdoc/>
    public override int BlockLength => 1;

    /// <inheritdoc/>
    public override int BlockBytes => sizeof(float);

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> values) =>
        blocks.CopyTo(MemoryMarshal.AsBytes(values));

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> values, Span<byte> blocks) =>
        MemoryMarshal.AsBytes(values).CopyTo(blocks);
}
