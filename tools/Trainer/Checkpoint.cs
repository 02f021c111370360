using System.Runtime.InteropServices;

namespace Tandem.Trainer;

/// <summary>The state of a training between two steps, in one file: steps done, seconds spent, weights, moments.</summary>
internal static class Checkpoint
{
    private const uint Magic = 0x4B43_4454; // "TDCK"

    /// <summary>Writes beside the file and then takes its place, so that a crash leaves the old one whole.</summary>
    public static void Save(string path, Progress progress, Weights weights, AdamW optimiser)
    {
        var temporary = path + ".part";
        using (var writer = new BinaryWriter(File.Create(temporary)))
        {
            writer.Write(Magic);
            writer.Write(weights.Values.Length);
            writer.Write(progress.Steps);
            writer.Write(progress.WallSeconds);
            writer.Write(progress.ProcessorSeconds);
            foreach (var buffer in new[] { weights.Values, optimiser.First, optimiser.Second })
            {
                writer.Write(MemoryMarshal.AsBytes(buffer.Span()));
            }
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a checkpoint into weights and, where given, an optimiser.</summary>
    /// <exception cref="InputException">The file is no checkpoint of a network of this shape.</exception>
    public static Progress Load(string path, Weights weights, AdamW? optimiser)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        if (reader.ReadUInt32() != Magic)
        {
            throw new InputException($"{path}: no checkpoint of this trainer");
        }
        var length = reader.ReadInt64();
        if (length != weights.Values.Length)
        {
            throw new InputException($"{path}: {length} parameters, expected {weights.Values.Length}; train anew");
        }
        var progress = new Progress(reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble());
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(weights.Values.Span()));
        if (optimiser is not null)
        {
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(optimiser.First.Span()));
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(optimiser.Second.Span()));
        }
        weights.Transpose();
        return progress;
    }

    /// <summary>How far a training has come.</summary>
    /// <param name="Steps">Steps done.</param>
    /// <param name="WallSeconds">Time passed.</param>
    /// <param name="ProcessorSeconds">Processor time used, over all threads.</param>
    internal readonly record struct Progress(int Steps, double WallSeconds, double ProcessorSeconds);
}
