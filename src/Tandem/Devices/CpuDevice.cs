using Tandem.Devices.Operations;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Devices;

/// <summary>
/// The cores of one rank and their memory. Operations only enqueue: nothing is computed before <see cref="Wait"/>, and
/// what an operation reads may be written by any operation before it.
/// </summary>
internal sealed unsafe class CpuDevice : IDisposable
{
    private readonly Team _team;
    private readonly CommandQueue _queue;
    private readonly StepIndex _index;
    private readonly OperationPool<EmbedOperation> _embeds = new();
    private readonly OperationPool<AnglesOperation> _angles = new();
    private readonly OperationPool<MultiplyOperation> _multiplies = new();
    private readonly OperationPool<FinishOperation> _finishes = new();
    private readonly OperationPool<NormaliseOperation> _normalises = new();
    private readonly OperationPool<StoreHeadsOperation> _storeHeads = new();
    private readonly OperationPool<AttendOperation> _attends = new();
    private readonly OperationPool<PrepareOperation> _prepares = new();
    private readonly OperationPool<GateOperation> _gates = new();
    private readonly OperationPool<GatherSampledOperation> _gathers = new();
    private readonly OperationPool<ScaleLogitsOperation> _scales = new();
    private readonly OperationPool<PackOperation> _packs = new();
    private readonly OperationPool<ReadMemoryOperation> _reads = new();
    private readonly OperationPool<RouteOperation> _routes = new();
    private readonly OperationPool<DispatchOperation> _dispatches = new();
    private readonly OperationPool<MultiplyExpertsOperation> _expertMultiplies = new();
    private readonly OperationPool<CombineOperation> _combines = new();
    private readonly OperationPool<ReduceOperation> _reduces = new();
    private readonly OperationPool<GatherLogitsOperation> _logitGathers = new();
    private readonly OperationPool<SumSquaresOperation> _sums = new();
    private readonly OperationPool<NormaliseSharedOperation> _sharedNorms = new();

    /// <summary>A device of the given cores.</summary>
    /// <param name="arena">Its memory, which it disposes.</param>
    /// <param name="threads">Threads that compute; each has a core of its own where there are enough.</param>
    /// <param name="cores">Logical processors that it may use.</param>
    /// <param name="rowsMax">The most rows that a step may have.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="communicator">The ranks that share its layers; null where it has them for itself.</param>
    public CpuDevice(
        Arena arena,
        int threads,
        IReadOnlyList<int> cores,
        int rowsMax,
        TimeProvider time,
        ICommunicator? communicator = null
    )
    {
        Arena = arena;
        RowsMax = rowsMax;
        Communicator = communicator ?? new SingleRank();
        _team = new Team(threads, cores, time);
        _queue = new CommandQueue(_team, Arena);
        _index = new StepIndex(rowsMax);
    }

    /// <summary>All memory of the device.</summary>
    public Arena Arena { get; }

    /// <summary>The most rows that a step may have.</summary>
    public int RowsMax { get; }

    /// <summary>The ranks that share its layers.</summary>
    public ICommunicator Communicator { get; }

    /// <summary>Seconds that the first thread has waited for the others, of this device and of other ranks.</summary>
    public double WaitSeconds => _team.WaitSeconds + Communicator.WaitSeconds;

    /// <summary>How often it computes each product, those of experts apart: more than once slows it on purpose.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Multiplications of such products so far, repeated ones included.</summary>
    public long Multiplications { get; private set; }

    /// <summary>Rows of the step.</summary>
    public int Rows => _index.Plan.Rows;

    /// <summary>Sampled rows of the step.</summary>
    public int SampledRows => _index.SampledCount;

    /// <summary>Begins a step: the operations up to the next one are about the rows of this plan.</summary>
    public void Begin(StepPlan plan) => _index.Read(plan);

    /// <summary>Packs the rows of a file, from a column on, into a matrix that has memory.</summary>
    public void Pack(PackedMatrix matrix, byte* source, long rowBytes, int firstColumn)
    {
        var operation = _packs.Take();
        operation.Set(matrix, source, rowBytes, firstColumn);
        _queue.Add(operation, [], []);
    }

    /// <summary>Reads so many tiles of memory, to measure how fast that goes.</summary>
    public void ReadMemory(byte* memory, int tiles)
    {
        var operation = _reads.Take();
        operation.Set(memory, tiles);
        _queue.Add(operation, [], []);
    }

    /// <summary>hidden = rows of the table × factor; the table begins with <paramref name="firstToken"/>, other ranks have the rest.</summary>
    public void Embed(PackedMatrix table, int firstToken, Tensor hidden, float factor)
    {
        var operation = _embeds.Take();
        operation.Set(table, firstToken, _index, hidden, factor);
        _queue.Add(operation, [], [hidden]);
        Reduce(hidden);
    }

    /// <summary>Cosines and sines of the rows' positions, [rows, 2 × pairs].</summary>
    public void Angles(Rotary rotary, Tensor angles)
    {
        var operation = _angles.Take();
        operation.Set(rotary, _index, angles);
        _queue.Add(operation, [], [angles]);
    }

    /// <summary>output = weights × input (+ bias), for the first <paramref name="rows"/> rows.</summary>
    public void Multiply(PackedMatrix weights, Tensor? bias, Activation input, Tensor output, int rows)
    {
        var operation = _multiplies.Take();
        operation.Set(weights, bias, input, output, rows, Repeats);
        _queue.Add(operation, [input], [output]);
        Multiplications += (long)weights.Rows * weights.Columns * rows * Repeats;
    }

    /// <summary>
    /// The product summed over all ranks; residual += factor × product (normalised by <paramref name="postNorm"/> first, where
    /// there is one); then, where there is one, next = norm(residual), in the forms that the next matrices take. No product: only
    /// the latter.
    /// </summary>
    public void Finish(Tensor? product, Norm? postNorm, float factor, Tensor residual, Norm? norm, Activation? next)
    {
        if (product is not null)
        {
            Reduce(product);
        }
        var operation = _finishes.Take();
        operation.Set(product, postNorm, factor, residual, norm, next, Rows);
        Resource written = next is null ? residual : next;
        _queue.Add(operation, product is null ? [residual] : [product, residual], [residual, written]);
    }

    /// <summary>values = norm(values).</summary>
    public void Normalise(Tensor values, Norm norm)
    {
        var operation = _normalises.Take();
        operation.Set(values, norm, Rows);
        _queue.Add(operation, [values], [values]);
    }

    /// <summary>values = norm(values) over the columns of all ranks.</summary>
    /// <param name="values">This rank's columns.</param>
    /// <param name="norm">Its part of the weight.</param>
    /// <param name="counted">The columns that no rank before it has as well.</param>
    /// <param name="sums">Room for a sum a row.</param>
    public void NormaliseShared(Tensor values, Norm norm, Share counted, Tensor sums)
    {
        var sum = _sums.Take();
        sum.Set(values, counted.First, counted.Count, sums, Rows);
        _queue.Add(sum, [values], [sums]);
        Reduce(sums);
        var operation = _sharedNorms.Take();
        operation.Set(values, norm, sums, counted.Whole, Rows);
        _queue.Add(operation, [values, sums], [values]);
    }

    /// <summary>Normalises and turns queries and keys, and stores keys and values in the cache.</summary>
    public void StoreHeads(Heads heads, Tensor? angles, Tensor queries, Tensor keys, Tensor values, KvLayer layer)
    {
        var operation = _storeHeads.Take();
        operation.Set(heads, _index, angles, queries, keys, values, layer);
        _queue.Add(operation, [queries, keys, values, angles ?? queries], [queries, keys, layer]);
    }

    /// <summary>output = softmax(queries · cached keys) · cached values.</summary>
    public void Attend(Heads heads, Tensor queries, KvLayer layer, Activation output)
    {
        var operation = _attends.Take();
        operation.Set(heads, _index, queries, layer, output, _team.Size);
        _queue.Add(operation, [queries, layer], [output]);
        if (!AttendOperation.CanRound(heads))
        {
            var prepare = _prepares.Take();
            prepare.Set(output, Rows);
            _queue.Add(prepare, [output], [output]);
        }
    }

    /// <summary>output = f(gate) · up, for the first <paramref name="rows"/> rows.</summary>
    public void Gate(GateKind kind, Tensor gate, Tensor up, Activation output, int rows)
    {
        var operation = _gates.Take();
        operation.Set(kind, gate, up, output, rows);
        _queue.Add(operation, [gate, up], [output]);
    }

    /// <summary>Chooses the experts of each row by their scores, [rows, experts].</summary>
    public void Route(Tensor scores, Routing routing)
    {
        var operation = _routes.Take();
        operation.Set(scores, routing, Rows);
        _queue.Add(operation, [scores], [routing]);
    }

    /// <summary>output = the input's rows, one for each expert of a row, sorted by expert.</summary>
    public void Dispatch(Activation input, Routing routing, Activation output)
    {
        var operation = _dispatches.Take();
        operation.Set(input, routing, output, Rows);
        _queue.Add(operation, [input, routing], [output]);
    }

    /// <summary>output = each slot's expert × input; nothing for experts that another rank has.</summary>
    public void MultiplyExperts(PackedMatrix?[] experts, Routing routing, Activation input, Tensor output)
    {
        var operation = _expertMultiplies.Take();
        operation.Set(experts, routing, input, output, Rows);
        _queue.Add(operation, [input, routing], [output]);
    }

    /// <summary>output = the weighted sums of the results of the experts that are here.</summary>
    public void Combine(Tensor results, PackedMatrix?[] experts, Routing routing, Tensor output)
    {
        var operation = _combines.Take();
        operation.Set(results, experts, routing, output, Rows);
        _queue.Add(operation, [results, routing], [output]);
    }

    /// <summary>output = norm(hidden), of the sampled rows alone, one behind the other.</summary>
    public void GatherSampled(Tensor hidden, Norm norm, Activation output)
    {
        var operation = _gathers.Take();
        operation.Set(hidden, _index, norm, output);
        _queue.Add(operation, [hidden], [output]);
    }

    /// <summary>logits × factor, held softly within ± cap where that is not 0; the sampled rows.</summary>
    public void ScaleLogits(Tensor logits, float factor, float cap)
    {
        var operation = _scales.Take();
        operation.Set(logits, factor, cap, SampledRows);
        _queue.Add(operation, [logits], [logits]);
    }

    /// <summary>Brings other ranks' logits of the sampled rows to rank 0.</summary>
    /// <param name="logits">Rank 0 has room for the whole vocabulary, and its own part already in place.</param>
    /// <param name="vocabulary">The parts of all ranks.</param>
    /// <param name="top">Room for those that a row's choice looks at, the others becoming −∞; null where all are wanted.</param>
    public void GatherLogits(Tensor logits, IReadOnlyList<Share> vocabulary, TopLogits? top)
    {
        if (Communicator.Size == 1)
        {
            return;
        }
        var operation = _logitGathers.Take();
        operation.Set(Communicator, vocabulary, _index, logits, top);
        _queue.Add(operation, [logits], [logits]);
    }

    // Makes the step's rows the sum over all ranks.
    private void Reduce(Tensor values)
    {
        if (Communicator.Size == 1)
        {
            return;
        }
        var operation = _reduces.Take();
        operation.Set(Communicator, values, Rows);
        _queue.Add(operation, [values], [values]);
    }

    /// <summary>Computes all that was enqueued; tensors may be read afterwards.</summary>
    public void Wait()
    {
        _queue.Run();
        _embeds.Reset();
        _angles.Reset();
        _multiplies.Reset();
        _finishes.Reset();
        _normalises.Reset();
        _storeHeads.Reset();
        _attends.Reset();
        _prepares.Reset();
        _gates.Reset();
        _gathers.Reset();
        _scales.Reset();
        _packs.Reset();
        _reads.Reset();
        _routes.Reset();
        _dispatches.Reset();
        _expertMultiplies.Reset();
        _combines.Reset();
        _reduces.Reset();
        _logitGathers.Reset();
        _sums.Reset();
        _sharedNorms.Reset();
    }

    /// <summary>Ends the threads and releases all memory.</summary>
    public void Dispose()
    {
        _team.Dispose();
        Arena.Dispose();
    }
}
