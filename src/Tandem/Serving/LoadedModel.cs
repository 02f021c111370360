using System.Globalization;
using Tandem.Devices;
using Tandem.Loading;
using Tandem.Models;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>A model in memory with all that it needs to run: device, weights, cache, the buffers of a step.</summary>
internal sealed class LoadedModel : IDisposable
{
    // What the runtime, the vocabulary and the front end take beside the model.
    private const long ReserveBytes = 256L << 20;

    private readonly CpuDevice _device;

    /// <summary>Loads a model; the file may be closed afterwards.</summary>
    /// <param name="file">The model's file.</param>
    /// <param name="options">How.</param>
    /// <param name="time">Measures waiting.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The file makes no sense, or the memory does not suffice.</exception>
    public LoadedModel(
        WeightFile file,
        ModelOptions options,
        TimeProvider time,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        var header = file.Header;
        var cores = CpuTopology.PhysicalCores();
        Threads = options.Threads ?? cores.Count;
        var budget = SystemMemory.AvailableBytes() - ReserveBytes;
        RequireRoom(header, budget);
        _device = new CpuDevice(header.Source, Threads, cores, budget, options.StepRowsMax, time);
        try
        {
            Model = ModelLoader.Load(
                file,
                _device,
                options.Context ?? 0,
                options.ExactActivations,
                progress,
                cancellation
            );
            Step = Model.NewStep(options.SampledRowsMax);
            var sizing = CacheSizing.Choose(header.Source, Model.Shape, options, budget - _device.Arena.AllocatedBytes);
            Context = sizing.Context;
            Notice = sizing.Notice;
            Cache = new KvCache(_device.Arena, Model.Shape, options.CacheType, sizing.Pages);
        }
        catch
        {
            _device.Dispose();
            throw;
        }
    }

    /// <summary>Threads that compute.</summary>
    public int Threads { get; }

    public Model Model { get; }

    public Step Step { get; }

    public KvCache Cache { get; }

    /// <summary>Positions that a sequence may have.</summary>
    public int Context { get; }

    /// <summary>What the user should know about the sizes, or null.</summary>
    public string? Notice { get; }

    /// <summary>Seconds that the first thread has waited for the others so far.</summary>
    public double WaitSeconds => _device.WaitSeconds;

    /// <summary>Runs a step; its logits are in <see cref="Step"/> afterwards.</summary>
    public void Forward(StepPlan plan) => Model.Forward(plan, Step, Cache);

    public void Dispose() => _device.Dispose();

    // Before anything is allocated: a model that is too big is refused at once.
    private static void RequireRoom(ModelHeader header, long budget)
    {
        var bytes = header.TensorBytes;
        if (bytes > budget)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{header.Source}: its weights take {bytes / 1e9:f1} GB of memory, and {Math.Max(0, budget) / 1e9:f1} GB are free; use a smaller model or format"
                )
            );
        }
    }
}
