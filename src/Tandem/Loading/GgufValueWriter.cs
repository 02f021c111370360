using System.Text;

namespace Tandem.Loading;

/// <summary>Writes metadata values as a GGUF file holds them; the inverse of <see cref="GgufValues"/>.</summary>
internal static class GgufValueWriter
{
    private static readonly Dictionary<Type, GgufValueType> _types = new()
    {
        [typeof(byte)] = GgufValueType.UInt8,
        [typeof(sbyte)] = GgufValueType.Int8,
        [typeof(ushort)] = GgufValueType.UInt16,
        [typeof(short)] = GgufValueType.Int16,
        [typeof(uint)] = GgufValueType.UInt32,
        [typeof(int)] = GgufValueType.Int32,
        [typeof(float)] = GgufValueType.Float32,
        [typeof(bool)] = GgufValueType.Bool,
        [typeof(string)] = GgufValueType.String,
        [typeof(ulong)] = GgufValueType.UInt64,
        [typeof(long)] = GgufValueType.Int64,
        [typeof(double)] = GgufValueType.Float64,
    };

    /// <summary>Whether GGUF can hold the value: a scalar, or an array of scalars or, as objects, of such arrays.</summary>
    public static bool CanHold(object value) =>
        value switch
        {
            object[] and not string[] and var items => items.All(item => item is Array && CanHold(item)),
            Array array => _types.ContainsKey(array.GetType().GetElementType()!),
            _ => _types.ContainsKey(value.GetType()),
        };

    /// <summary>Writes a value's type and the value.</summary>
    public static void Write(BinaryWriter writer, object value)
    {
        writer.Write((uint)(value is Array ? GgufValueType.Array : _types[value.GetType()]));
        WriteBare(writer, value);
    }

    /// <summary>Writes text with its length before it.</summary>
    public static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteArray(BinaryWriter writer, Array array)
    {
        writer.Write((uint)_types.GetValueOrDefault(array.GetType().GetElementType()!, GgufValueType.Array));
        writer.Write((ulong)array.Length);
        foreach (var item in array)
        {
            WriteBare(writer, item);
        }
    }

    private static void WriteBare(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case Array array:
                WriteArray(writer, array);
                break;
            case string text:
                WriteText(writer, text);
                break;
            case byte number:
                writer.Write(number);
                break;
            case sbyte number:
                writer.Write(number);
                break;
            case ushort number:
                writer.Write(number);
                break;
            case short number:
                writer.Write(number);
                break;
            case uint number:
                writer.Write(number);
                break;
            case int number:
                writer.Write(number);
                break;
            case float number:
                writer.Write(number);
                break;
            case bool truth:
                writer.Write(truth);
                break;
            case ulong number:
                writer.Write(number);
                break;
            case long number:
                writer.Write(number);
                break;
            case double number:
                writer.Write(number);
                break;
        }
    }
}
