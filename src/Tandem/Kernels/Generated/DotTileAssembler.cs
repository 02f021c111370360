namespace Tandem.Kernels.Generated;

/// <summary>Products of bytes by an instruction that adds four of them to a lane (VNNI).</summary>
/// <param name="target">What the kernel is assembled for.</param>
/// <param name="layout">How the weights lie.</param>
/// <param name="size">The tile.</param>
internal sealed class DotTileAssembler(TileTarget target, PanelLayout layout, TileSize size)
    : IntegerTileAssembler(target, layout, size)
{
    /// <inheritdoc/>
    protected override void SetDots(int part, int first, int count)
    {
        StartDots(part);
        for (var columns = first; columns < first + count; columns++)
        {
            LoadNumbers(columns);
            for (var token = 0; token < Tokens; token++)
            {
                var numbers = Input(token, columns * sizeof(int));
                if (Vectors == 1)
                {
                    Simd.DotBroadcast(Product(0, token), Loaded(0), numbers);
                    continue;
                }
                Simd.Broadcast(Shared, numbers);
                for (var vector = 0; vector < Vectors; vector++)
                {
                    Simd.Dot(Product(vector, token), Loaded(vector), Shared);
                }
            }
        }
    }

    // The products of the numbers' bias are subtracted before any other.
    private void StartDots(int part)
    {
        for (var token = 0; token < Tokens; token++)
        {
            var dot = Product(0, token);
            if (Packing.Bias == 0)
            {
                Simd.Clear(dot);
            }
            else
            {
                LoadSum(dot, token, part);
                Simd.Multiply(dot, -Packing.Bias);
            }
            for (var vector = 1; vector < Vectors; vector++)
            {
                Simd.Copy(Product(vector, token), dot);
            }
        }
    }
}
