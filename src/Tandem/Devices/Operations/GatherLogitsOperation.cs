using System.Runtime.InteropServices;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Devices.Operations;

/// <summary>
/// Brings the logits of all ranks, each of its own rows of the vocabulary, to rank 0: those that the row's choice looks at, or all.
/// </summary>
internal sealed unsafe class GatherLogitsOperation : Operation
{
    private ICommunicator? _communicator;
    private IReadOnlyList<Share> _vocabulary = [];
    private StepIndex? _index;
    private Tensor? _logits;
    private TopLogits? _top;

    public override bool OnFirstThread => true;

    public void Set(
        ICommunicator communicator,
        IReadOnlyList<Share> vocabulary,
        StepIndex index,
        Tensor logits,
        TopLogits? top
    )
    {
        (_communicator, _vocabulary, _index, _logits, _top) = (communicator, vocabulary, index, logits, top);
        Tiles = index.SampledCount > 0 ? 1 : 0;
    }

    public override void Run(int first, int end)
    {
        var communicator = _communicator!;
        for (var row = 0; row < _index!.SampledCount; row++)
        {
            if (communicator.Rank > 0)
            {
                Send(row, communicator.Rank);
                continue;
            }
            for (var rank = 1; rank < communicator.Size; rank++)
            {
                Receive(row, rank);
            }
        }
    }

    private void Send(int row, int rank)
    {
        var own = new Span<float>(_logits!.Row(row), _vocabulary[rank].Count);
        if (TopOf(row, rank) is not { } count)
        {
            _communicator!.Send(MemoryMarshal.AsBytes(own), 0);
            return;
        }
        _top!.Choose(own, count);
        _communicator!.Send(_top.Message(count), 0);
    }

    private void Receive(int row, int rank)
    {
        var (share, logits) = (_vocabulary[rank], _logits!);
        var part = new Span<float>(logits.Row(row) + share.First, share.Count);
        if (TopOf(row, rank) is not { } count)
        {
            _communicator!.Receive(MemoryMarshal.AsBytes(part), rank);
            return;
        }
        _communicator!.Receive(_top!.Message(count), rank);
        _top.Place(part, count);
    }

    // How many logits of a rank travel; null for all.
    private int? TopOf(int row, int rank) =>
        _top is null ? null : TopLogits.CountOf(_index!.SegmentOf(row).Sampling, _vocabulary[rank]);
}
