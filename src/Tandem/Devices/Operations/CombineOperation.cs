using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>Each row as the weighted sum of its experts' results, in the order of its choices; a tile a row.</summary>
internal sealed unsafe class CombineOperation : Operation
{
    private Tensor? _results;
    private PackedMatrix?[] _experts = [];
    private Routing? _routing;
    private Tensor? _output;

    public void Set(Tensor results, PackedMatrix?[] experts, Routing routing, Tensor output, int rows)
    {
        (_results, _experts, _routing, _output) = (results, experts, routing, output);
        Tiles = rows;
    }

    public override void Run(int first, int end)
    {
        var routing = _routing!;
        for (var row = first; row < end; row++)
        {
            var sum = _output!.Row(row);
            new Span<float>(sum, _output.Stride).Clear();
            for (var choice = row * routing.Used; choice < (row + 1) * routing.Used; choice++)
            {
                if (_experts[routing.Choices[choice]] is null)
                {
                    continue;
                }
                RowMath.AddScaled(
                    _results!.Row(routing.SlotOfChoice[choice]),
                    routing.Weights[choice],
                    sum,
                    _output.Stride
                );
            }
        }
    }
}
