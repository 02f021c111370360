using System.Runtime.InteropServices;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Devices.Operations;

/// <summary>Brings the logits of all ranks, each of its own rows of the vocabulary, to rank 0.</summary>
internal sealed unsafe class GatherLogitsOperation : Operation
{
    private ICommunicator? _communicator;
    private IReadOnlyList<Share> _vocabulary = [];
    private Tensor? _logits;
    private int _rows;

    public override bool OnFirstThread => true;

    public void Set(ICommunicator communicator, IReadOnlyList<Share> vocabulary, Tensor logits, int rows)
    {
        (_communicator, _vocabulary, _logits, _rows) = (communicator, vocabulary, logits, rows);
        Tiles = rows > 0 ? 1 : 0;
    }

    public override void Run(int first, int end)
    {
        var communicator = _communicator!;
        for (var row = 0; row < _rows; row++)
        {
            if (communicator.Rank > 0)
            {
                communicator.Send(Bytes(row, 0, _vocabulary[communicator.Rank].Count), 0);
                continue;
            }
            for (var rank = 1; rank < communicator.Size; rank++)
            {
                communicator.Receive(Bytes(row, _vocabulary[rank].First, _vocabulary[rank].Count), rank);
            }
        }
    }

    private Span<byte> Bytes(int row, int column, int count) =>
        MemoryMarshal.AsBytes(new Span<float>(_logits!.Row(row) + column, count));
}
