using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>f(gate) · up, prepared for the next matrix, which may lie where the gate does; a tile 256 columns of a row.</summary>
internal sealed unsafe class GateOperation : Operation
{
    private const int TileColumns = 256;

    private Tensor? _gate;
    private Tensor? _up;
    private Activation? _output;
    private GateKind _kind;
    private int _tilesARow;

    public void Set(GateKind kind, Tensor gate, Tensor up, Activation output, int rows)
    {
        (_kind, _gate, _up, _output) = (kind, gate, up, output);
        _tilesARow = (gate.Stride + TileColumns - 1) / TileColumns;
        Tiles = rows * _tilesARow;
    }

    public override void Run(int first, int end)
    {
        for (var tile = first; tile < end; tile++)
        {
            var row = tile / _tilesARow;
            var column = tile % _tilesARow * TileColumns;
            var columns = Math.Min(TileColumns, _gate!.Stride - column);
            Gate(_gate.Row(row) + column, _up!.Row(row) + column, _output!.Row(row) + column, columns);
            _output.Round(row, column, columns);
        }
    }

    private void Gate(float* gate, float* up, float* y, int columns)
    {
        for (var i = 0; i < columns; i += 16)
        {
            var x = Vector512.Load(gate + i);
            var gated = _kind == GateKind.Silu ? VectorMath.Silu(x) : VectorMath.Gelu(x);
            (gated * Vector512.Load(up + i)).Store(y + i);
        }
    }
}
