using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>Logits times a factor, then held softly within ± a cap (c·tanh(x/c)) where there is one; a tile a row.</summary>
internal sealed unsafe class ScaleLogitsOperation : Operation
{
    private Tensor? _logits;
    private float _factor;
    private float _cap;

    public void Set(Tensor logits, float factor, float cap, int rows)
    {
        (_logits, _factor, _cap) = (logits, factor, cap);
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            var values = _logits!.Row(row);
            for (var i = 0; i < _logits.Stride; i += 16)
            {
                var x = Vector512.Load(values + i) * _factor;
                (_cap > 0 ? VectorMath.Tanh(x / _cap) * _cap : x).Store(values + i);
            }
        }
    }
}
