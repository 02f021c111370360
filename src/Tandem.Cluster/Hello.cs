using System.Buffers.Binary;

namespace Tandem.Cluster;

/// <summary>What a worker's process tells its launcher first.</summary>
/// <param name="Number">Its number.</param>
/// <param name="ProcessId">Its id.</param>
internal readonly record struct Hello(int Number, int ProcessId)
{
    /// <summary>Its length.</summary>
    public const int Bytes = 2 * sizeof(int);

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(int)..], ProcessId);
    }

    /// <summary>Reads it.</summary>
    public static Hello Read(ReadOnlySpan<byte> bytes) =>
        new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(int)..])
        );
}
