using Tandem.Devices;
using Tandem.Loading;
using Tandem.Memory;
using Tandem.Models;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>One rank of one stage of one copy of the model: its device, its weights, its cache, the buffers of a step.</summary>
internal sealed class Worker : IDisposable
{
    private readonly Model _model;
    private readonly CpuDevice _device;
    private readonly TimeProvider _time;
    private readonly StepTrace? _trace;
    private readonly WorkerTrial? _trial;
    private Tensor[] _hidden = [];
    private KvCache? _cache;
    private Step? _step;
    private long _busyTicks;
    private double _waitSeconds;

    // Of the step that it ran last: when it began, and how long the device had waited for others by then.
    private long _start;
    private double _waitedBefore;

    /// <summary>A worker without buffers.</summary>
    /// <param name="plan">What it has.</param>
    /// <param name="model">Its weights, perhaps shared with other copies, and not its to dispose.</param>
    /// <param name="options">How much is asked of it.</param>
    /// <param name="communicator">The ranks of its stage.</param>
    /// <param name="time">Measures steps.</param>
    public Worker(WorkerPlan plan, Model model, ModelOptions options, ICommunicator communicator, TimeProvider time)
    {
        (Plan, _model, _time, _trace, _trial) = (plan, model, time, options.Trace, options.Trial);
        // What it may take was settled when the plan was made.
        var arena = new Arena(plan.Device, long.MaxValue);
        _device = new CpuDevice(arena, plan.Threads, plan.Cores, options.StepRowsMax, time, communicator)
        {
            Repeats = _trial?.Repeats(plan) ?? 1,
        };
    }

    /// <summary>What it has.</summary>
    public WorkerPlan Plan { get; }

    /// <summary>Its part of the model.</summary>
    public Model Model => _model;

    /// <summary>The buffers of the step that it ran last.</summary>
    public Step Step => _step!;

    /// <summary>The residual streams of the steps under way, [slot].</summary>
    public Tensor[] Hidden => _hidden;

    /// <summary>Seconds that it has run steps, waiting for others of its stage included.</summary>
    public double BusySeconds => (double)Volatile.Read(ref _busyTicks) / _time.TimestampFrequency;

    /// <summary>Seconds of those that it has waited for others.</summary>
    public double WaitSeconds => Volatile.Read(ref _waitSeconds);

    /// <summary>Multiplications with weights that its device has done.</summary>
    public long Multiplications => _device.Multiplications;

    /// <summary>Bytes of buffers and cache.</summary>
    public long AllocatedBytes => _device.Arena.AllocatedBytes;

    /// <summary>Packs its weights; once for all copies that share them.</summary>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public void Load(WeightFile file, Action<long>? progress, CancellationToken cancellation) =>
        ModelLoader.Load(file, _model, _device, progress, cancellation);

    /// <summary>Allocates its buffers and its cache.</summary>
    /// <param name="first">The worker of the same rank in the first stage, whose residual streams it takes over; null for the first itself.</param>
    /// <param name="steps">Steps that may be under way.</param>
    /// <param name="options">How much is asked of it.</param>
    /// <param name="pages">Pages of the cache.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public void Allocate(Worker? first, int steps, ModelOptions options, int pages)
    {
        _hidden = first is null ? _model.NewHidden(_device, steps) : first._hidden;
        _step = _model.NewStep(_device, _hidden[0], options.SampledRowsMax, options.WholeLogits);
        _cache = _model.NewCache(_device, options.CacheType, pages);
    }

    /// <summary>Runs a step's rows through its layers.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="slot">Which of the residual streams is the step's.</param>
    public void Forward(StepPlan plan, int slot)
    {
        (_start, _waitedBefore) = (_time.GetTimestamp(), _device.WaitSeconds);
        _trial?.OnStep(Plan, plan);
        _step!.Hidden = _hidden[slot];
        _model.Forward(plan, _step, _cache!);
        var end = _time.GetTimestamp();
        _busyTicks += end - _start;
        // The group of its ranks is also used between steps: that is no part of them.
        _waitSeconds += _device.WaitSeconds - _waitedBefore;
        _trace?.Add(Plan, plan, _start, end);
    }

    /// <summary>Has the step that it ran last read, and tells how long that took, reading included.</summary>
    /// <param name="reader">Reads it.</param>
    /// <param name="plan">The step.</param>
    /// <param name="result">Is filled.</param>
    /// <exception cref="InputException">The model gives no finite numbers.</exception>
    public void Read(IStepReader reader, StepPlan plan, StepResult result)
    {
        reader.Read(plan, this, result);
        result.Id = plan.Id;
        result.WaitSeconds = _device.WaitSeconds - _waitedBefore;
        result.ComputeSeconds = _time.GetElapsedTime(_start).TotalSeconds - result.WaitSeconds;
    }

    /// <summary>Ends its threads and releases its memory, but not the weights.</summary>
    public void Dispose() => _device.Dispose();
}
