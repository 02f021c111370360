using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>y = W·x (+ bias), a tile a group of 16 outputs, or a pair of them where kernels take pairs.</summary>
internal sealed unsafe class MultiplyOperation : Operation
{
    private PackedMatrix? _weights;
    private Activation? _input;
    private Tensor? _output;
    private Tensor? _bias;
    private int _rows;
    private int _repeats;
    private int _groupsATile;

    public void Set(PackedMatrix weights, Tensor? bias, Activation input, Tensor output, int rows, int repeats)
    {
        (_weights, _bias, _input, _output, _rows, _repeats) = (weights, bias, input, output, rows, repeats);
        _groupsATile = rows > MatrixKernel.OneStreamTokensMax ? 2 : 1;
        Tiles = (weights.Groups + _groupsATile - 1) / _groupsATile;
    }

    public override void Run(int first, int end)
    {
        var endGroup = Math.Min(_weights!.Groups, end * _groupsATile);
        for (var i = 0; i < _repeats; i++)
        {
            Multiply(first * _groupsATile, endGroup);
        }
    }

    private void Multiply(int first, int end)
    {
        var weights = _weights!;
        var output = _output!;
        var column = first * PanelLayout.GroupRows;
        var y = output.Data + column;
        weights.Kernel.Multiply(
            weights.Group(first),
            end - first,
            weights.Columns,
            _input!.View,
            _rows,
            y,
            output.Stride
        );
        if (_bias is { } bias)
        {
            for (var group = first; group < end; group++, column += PanelLayout.GroupRows)
            {
                AddBias(bias.Data + column, output.Data + column, output.Stride);
            }
        }
    }

    private void AddBias(float* bias, float* y, int stride)
    {
        var added = Vector512.Load(bias);
        for (var row = 0; row < _rows; row++, y += stride)
        {
            (Vector512.Load(y) + added).Store(y);
        }
    }
}
