namespace Tandem.Devices.Operations;

/// <summary>The rows that are sampled, normalised and prepared for the head; a tile a sampled row.</summary>
internal sealed unsafe class GatherSampledOperation : Operation
{
    private Tensor? _hidden;
    private StepIndex? _index;
    private Norm? _norm;
    private Activation? _output;

    public void Set(Tensor hidden, StepIndex index, Norm norm, Activation output)
    {
        (_hidden, _index, _norm, _output) = (hidden, index, norm, output);
        Tiles = index.SampledCount;
    }

    public override void Run(int first, int end)
    {
        var output = _output!;
        for (var i = first; i < end; i++)
        {
            _norm!.Apply(_hidden!.Row(_index!.Sampled[i]), output.Row(i), output.View.Stride);
            output.Round(i, 0, output.View.Stride);
        }
    }
}
