using Tandem.Parallel;

namespace Tandem.Devices.Operations;

/// <summary>Makes the first rows of a tensor the sum over all ranks.</summary>
internal sealed unsafe class ReduceOperation : Operation
{
    private ICommunicator? _communicator;
    private Tensor? _values;
    private int _rows;

    public override bool OnFirstThread => true;

    public void Set(ICommunicator communicator, Tensor values, int rows)
    {
        (_communicator, _values, _rows) = (communicator, values, rows);
        Tiles = rows > 0 ? 1 : 0;
    }

    public override void Run(int first, int end) =>
        _communicator!.AllReduce(new Span<float>(_values!.Data, checked(_rows * _values.Stride)));
}
