using System.Numerics.Tensors;
using Tandem.Devices;
using Tandem.Models;

namespace Tandem.Loading;

/// <summary>Fills a model with the weights of its file. Afterwards nothing refers to the file.</summary>
internal static unsafe class ModelLoader
{
    // Packing reports after about this many bytes: often enough to look alive, rarely enough to cost nothing.
    private const long ReportBytes = 32 << 20;

    /// <summary>The model of a file, on a device.</summary>
    /// <param name="file">The file.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="context">Positions that it will be run with; 0 for as many as it was trained for.</param>
    /// <param name="exactActivations">Whether activations stay 32-bit floats before quantised matrices.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The header makes no sense, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Model Load(
        WeightFile file,
        CpuDevice device,
        int context,
        bool exactActivations,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        var model = new Model(file.Header, device, context, exactActivations);
        foreach (var vector in model.Vectors)
        {
            Fill(file, vector);
        }
        foreach (var rotary in model.Shape.Rotaries)
        {
            ApplyFactors(file, rotary);
        }
        // All memory first: a model that is too big is refused before any time is spent on it.
        foreach (var linear in model.Linears)
        {
            linear.Matrix.Data = (byte*)device.Arena.Allocate(linear.Matrix.Bytes);
        }
        Pack(file, model, progress, cancellation);
        return model;
    }

    private static void Pack(WeightFile file, Model model, IProgress<double>? progress, CancellationToken cancellation)
    {
        var (done, reported) = (0L, 0L);
        foreach (var linear in model.Linears)
        {
            cancellation.ThrowIfCancellationRequested();
            var source = linear.Source;
            var rowBytes = source.Format.BytesOf(source.Columns);
            model.Device.Pack(linear.Matrix, file.Pointer(source) + linear.FirstRow * rowBytes, rowBytes);
            done += linear.Matrix.Bytes;
            if (done - reported >= ReportBytes)
            {
                model.Device.Wait();
                reported = done;
                progress?.Report((double)done / model.WeightBytes);
            }
        }
        model.Device.Wait();
        progress?.Report(1);
    }

    private static void Fill(WeightFile file, Vector vector)
    {
        var values = Read(file, vector.Source.Name);
        values.AsSpan(vector.FirstValue, vector.Values.Columns).CopyTo(vector.Values.Read(0));
    }

    private static void ApplyFactors(WeightFile file, Rotary rotary)
    {
        if (rotary.FactorsTensor is not { } name)
        {
            return;
        }
        var factors = Read(file, name);
        if (factors.Length != rotary.Pairs || TensorPrimitives.Min<float>(factors) <= 0)
        {
            throw new InputException(
                $"{file.Header.Source}: tensor '{name}' has {factors.Length} values, expected {rotary.Pairs} above 0, one a rotary pair"
            );
        }
        rotary.Divide(factors);
    }

    private static float[] Read(WeightFile file, string name)
    {
        var tensor = file.Header.Tensor(name);
        var values = new float[tensor.Columns * tensor.Rows];
        tensor.Format.Decode(file.Data(tensor), values);
        return values;
    }
}
