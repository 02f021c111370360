using System.Runtime.InteropServices;

namespace Tandem.Loading;

/// <summary>
/// Reads the metadata values of a GGUF file into the types that <see cref="Plans.Metadata"/> names. Numbers are copied
/// as they lie, because every processor that the kernels serve is little-endian like the file.
/// </summary>
internal static class GgufValues
{
    // Deeper arrays have no use, and each level is a call of ReadArray.
    private const int DepthMax = 4;

    /// <summary>Reads a value's type and then the value.</summary>
    /// <exception cref="InputException">The type is unknown, the value is damaged, or the file ends before.</exception>
    public static object Read(GgufCursor cursor) =>
        ReadType(cursor) switch
        {
            GgufValueType.UInt8 => Scalar<byte>(cursor),
            GgufValueType.Int8 => Scalar<sbyte>(cursor),
            GgufValueType.UInt16 => Scalar<ushort>(cursor),
            GgufValueType.Int16 => Scalar<short>(cursor),
            GgufValueType.UInt32 => Scalar<uint>(cursor),
            GgufValueType.Int32 => Scalar<int>(cursor),
            GgufValueType.Float32 => Scalar<float>(cursor),
            GgufValueType.Bool => Scalar<byte>(cursor) != 0,
            GgufValueType.String => cursor.Text(),
            GgufValueType.Array => ReadArray(cursor, depth: 1),
            GgufValueType.UInt64 => Scalar<ulong>(cursor),
            GgufValueType.Int64 => Scalar<long>(cursor),
            _ => Scalar<double>(cursor),
        };

    private static object ReadArray(GgufCursor cursor, int depth)
    {
        if (depth > DepthMax)
        {
            throw cursor.Error(cursor.Position, $"arrays are nested more than {DepthMax} deep");
        }
        return ReadType(cursor) switch
        {
            GgufValueType.UInt8 => Scalars<byte>(cursor),
            GgufValueType.Int8 => Scalars<sbyte>(cursor),
            GgufValueType.UInt16 => Scalars<ushort>(cursor),
            GgufValueType.Int16 => Scalars<short>(cursor),
            GgufValueType.UInt32 => Scalars<uint>(cursor),
            GgufValueType.Int32 => Scalars<int>(cursor),
            GgufValueType.Float32 => Scalars<float>(cursor),
            GgufValueType.Bool => Array.ConvertAll(Scalars<byte>(cursor), item => item != 0),
            GgufValueType.String => cursor.Texts(),
            GgufValueType.Array => Arrays(cursor, depth + 1),
            GgufValueType.UInt64 => Scalars<ulong>(cursor),
            GgufValueType.Int64 => Scalars<long>(cursor),
            _ => Scalars<double>(cursor),
        };
    }

    private static GgufValueType ReadType(GgufCursor cursor)
    {
        var at = cursor.Position;
        var number = cursor.UInt32("the type of its value");
        return number <= (uint)GgufValueType.Float64
            ? (GgufValueType)number
            : throw cursor.Error(at, $"the type of its value is {number}, expected 0 to 12");
    }

    private static unsafe T Scalar<T>(GgufCursor cursor)
        where T : unmanaged => MemoryMarshal.Read<T>(cursor.Take(sizeof(T), "its value"));

    private static unsafe T[] Scalars<T>(GgufCursor cursor)
        where T : unmanaged
    {
        var count = Length(cursor, sizeof(T));
        return MemoryMarshal.Cast<byte, T>(cursor.Take(count * sizeof(T), "its array")).ToArray();
    }

    private static object[] Arrays(GgufCursor cursor, int depth)
    {
        var items = new object[Length(cursor, sizeof(uint) + sizeof(ulong))];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadArray(cursor, depth);
        }
        return items;
    }

    private static int Length(GgufCursor cursor, int itemBytes) => cursor.Count(itemBytes, "the length of its array");
}
