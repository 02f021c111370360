using System.Text;

namespace Tandem.Examples.Images;

/// <summary>A field of a protobuf message (protobuf.dev: "Encoding").</summary>
/// <param name="Number">Which field it is.</param>
/// <param name="Value">What a text, bytes or a message hold; empty for numbers.</param>
/// <param name="Whole">The field as it stands in the message, its number included.</param>
internal readonly record struct ProtobufField(int Number, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Whole)
{
    /// <summary>The value as a text.</summary>
    public string Text => Encoding.UTF8.GetString(Value.Span);

    /// <summary>The fields of a message, in their order.</summary>
    /// <exception cref="InvalidDataException">These bytes are no message.</exception>
    public static IEnumerable<ProtobufField> Read(ReadOnlyMemory<byte> message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var start = at;
            var key = Varint(message.Span, ref at);
            ReadOnlyMemory<byte> value = default;
            switch (key & 7)
            {
                case 0:
                    Varint(message.Span, ref at);
                    break;
                case 1:
                    at += sizeof(long);
                    break;
                case 2:
                    var length = Varint(message.Span, ref at);
                    if (length > (ulong)(message.Length - at))
                    {
                        throw new InvalidDataException("a field is longer than its message");
                    }
                    value = message.Slice(at, (int)length);
                    at += (int)length;
                    break;
                case 5:
                    at += sizeof(int);
                    break;
                default:
                    throw new InvalidDataException($"field {key >> 3} has no known type");
            }
            if (at > message.Length)
            {
                throw new InvalidDataException("a field is longer than its message");
            }
            yield return new ProtobufField((int)(key >> 3), value, message[start..at]);
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
            {
                break;
            }
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
        throw new InvalidDataException("a number has no end");
    }
}
