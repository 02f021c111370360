using Tandem.Kernels;

namespace Tandem.Devices.Operations;

/// <summary>Each slot times its expert's matrix; a tile is 16 outputs of one of the experts that any row goes through.</summary>
internal sealed unsafe class MultiplyExpertsOperation : Operation
{
    private PackedMatrix?[] _experts = [];
    private int _groups;
    private Routing? _routing;
    private Activation? _input;
    private Tensor? _output;

    public void Set(PackedMatrix?[] experts, Routing routing, Activation input, Tensor output, int rows)
    {
        (_experts, _routing, _input, _output) = (experts, routing, input, output);
        // All experts have the same shape, and every rank has one at least.
        _groups = experts.First(expert => expert is not null)!.Groups;
        Tiles = routing.ActiveMax(rows) * _groups;
    }

    public override void Run(int first, int end)
    {
        var routing = _routing!;
        var groups = 0;
        for (var tile = first; tile < end; tile += groups)
        {
            var (active, group) = Math.DivRem(tile, _groups);
            groups = Math.Min(end - tile, _groups - group);
            if (active >= routing.Active)
            {
                return;
            }
            if (_experts[routing.ActiveExperts[active]] is not { } expert)
            {
                continue;
            }
            var slot = routing.FirstSlots[active];
            var slots = routing.FirstSlots[active + 1] - slot;
            var y = _output!.Row(slot) + group * PanelLayout.GroupRows;
            expert.Kernel.Multiply(
                expert.Group(group),
                groups,
                expert.Columns,
                _input!.View.From(slot),
                slots,
                y,
                _output.Stride
            );
        }
    }
}
