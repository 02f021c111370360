using System.Numerics.Tensors;
using Tandem.Devices;
using Tandem.Models;
using Tandem.Models.Architectures;

namespace Tandem.Loading;

/// <summary>Fills a model with the weights of its file. Afterwards nothing refers to the file.</summary>
internal static unsafe class ModelLoader
{
    // Packing reports after about this many bytes: often enough to look alive, rarely enough to cost nothing.
    private const long ReportBytes = 32 << 20;

    /// <summary>What kind of decoder a file holds.</summary>
    /// <param name="file">The file.</param>
    /// <param name="context">Positions that it will be run with; 0 for as many as it was trained for.</param>
    /// <exception cref="InputException">The architecture is unknown, or the header contradicts itself.</exception>
    public static DecoderShape ReadShape(WeightFile file, int context)
    {
        var shape = Architecture.Read(file.Header, context);
        foreach (var rotary in shape.Rotaries)
        {
            ApplyFactors(file, rotary);
        }
        return shape;
    }

    /// <summary>Fills a model, or a worker's slice of it, by the threads of the device that will read it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="model">The model, without weights.</param>
    /// <param name="device">The device.</param>
    /// <param name="progress">Told how many bytes of weights are done since it was told last.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Load(
        WeightFile file,
        Model model,
        CpuDevice device,
        Action<long>? progress,
        CancellationToken cancellation
    )
    {
        foreach (var vector in model.Vectors)
        {
            Fill(file, vector);
        }
        // All memory first: a model that is too big is refused before any time is spent on it.
        foreach (var linear in model.Linears)
        {
            linear.Matrix.Data = (byte*)model.Arena.Allocate(linear.Matrix.Bytes);
        }
        var unreported = 0L;
        foreach (var linear in model.Linears)
        {
            cancellation.ThrowIfCancellationRequested();
            var source = linear.Source;
            var rowBytes = source.Format.BytesOf(source.Columns);
            device.Pack(linear.Matrix, file.Pointer(source) + linear.FirstRow * rowBytes, rowBytes, linear.FirstColumn);
            unreported += linear.Matrix.Bytes;
            if (unreported >= ReportBytes)
            {
                device.Wait();
                progress?.Invoke(unreported);
                unreported = 0;
            }
        }
        device.Wait();
        progress?.Invoke(unreported);
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
