namespace Tandem.Devices.Operations;

/// <summary>Cosines and sines of each row's position, [rows, pairs cosines then pairs sines]; a tile a row.</summary>
internal sealed unsafe class AnglesOperation : Operation
{
    private Rotary? _rotary;
    private StepIndex? _index;
    private Tensor? _angles;

    public void Set(Rotary rotary, StepIndex index, Tensor angles)
    {
        (_rotary, _index, _angles) = (rotary, index, angles);
        Tiles = index.Plan.Rows;
    }

    public override void Run(int first, int end)
    {
        var rotary = _rotary!;
        for (var row = first; row < end; row++)
        {
            var angles = _angles!.Row(row);
            for (var pair = 0; pair < rotary.Pairs; pair++)
            {
                var (sine, cosine) = Math.SinCos(_index!.Positions[row] * rotary.Frequencies[pair]);
                angles[pair] = (float)cosine * rotary.Magnitude;
                angles[rotary.Pairs + pair] = (float)sine * rotary.Magnitude;
            }
        }
    }
}
