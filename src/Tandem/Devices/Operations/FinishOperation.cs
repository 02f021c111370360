namespace Tandem.Devices.Operations;

/// <summary>
/// What happens between two blocks of matrices: the product (normalised first, where a model has post-norms) is added
/// to the residual stream, and the stream normalised and prepared for the next matrix. A tile a row; each row is
/// touched once.
/// </summary>
internal sealed unsafe class FinishOperation : Operation
{
    private Tensor? _product;
    private Norm? _postNorm;
    private Tensor? _residual;
    private float _factor;
    private Norm? _norm;
    private Activation? _next;

    public void Set(
        Tensor? product,
        Norm? postNorm,
        float factor,
        Tensor residual,
        Norm? norm,
        Activation? next,
        int rows
    )
    {
        (_product, _postNorm, _factor, _residual, _norm, _next) = (product, postNorm, factor, residual, norm, next);
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            var residual = _residual!.Row(row);
            if (_product is { } product)
            {
                _postNorm?.Apply(product.Row(row), product.Row(row), product.Stride);
                RowMath.AddScaled(product.Row(row), _factor, residual, _residual.Stride);
            }
            if (_next is { } next)
            {
                Prepare(residual, next, row);
            }
        }
    }

    private void Prepare(float* residual, Activation next, int row)
    {
        var stride = next.View.Stride;
        if (_norm is { } norm)
        {
            norm.Apply(residual, next.Row(row), stride);
        }
        else
        {
            Buffer.MemoryCopy(residual, next.Row(row), stride * sizeof(float), stride * sizeof(float));
        }
        next.Round(row, 0, stride);
    }
}
