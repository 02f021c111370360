using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Tandem.Loading;

/// <summary>
/// Reads a GGUF file's header from front to back. Every length is checked against the bytes that are left before
/// anything is read or allocated, and every error names the file, the byte, and the key or tensor being read.
/// </summary>
/// <param name="memory">The file.</param>
internal sealed unsafe class GgufCursor(GgufMemory memory)
{
    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    private string _kind = "";
    private string _name = "";

    /// <summary>The next byte to be read.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long Length => memory.Length;

    /// <summary>What is being read from here on, for errors: a kind such as <c>key</c>, and its name or number.</summary>
    public void Enter(string kind, string name) => (_kind, _name) = (kind, name);

    /// <summary>Reads the next bytes; <paramref name="what"/> names them in an error.</summary>
    /// <exception cref="InputException">The file ends before.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Take(int length, string what)
    {
        var left = Length - Position;
        if (length > left)
        {
            throw CutShort(length, what);
        }
        var bytes = new ReadOnlySpan<byte>(memory.Pointer + Position, length);
        Position += length;
        return bytes;
    }

    /// <summary>Reads a 32-bit number.</summary>
    /// <exception cref="InputException">The file ends before.</exception>
    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    /// <summary>Reads a 64-bit number.</summary>
    /// <exception cref="InputException">The file ends before.</exception>
    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>
    /// Reads a count of items that take at least <paramref name="itemBytes"/> each; a count that the rest of the file
    /// cannot hold is refused, and so is one of more than 2 GiB, which no header needs.
    /// </summary>
    /// <exception cref="InputException">The count is too large, or the file ends before.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Count(int itemBytes, string what)
    {
        var at = Position;
        var count = UInt64(what);
        var most = Math.Min(Length - Position, Array.MaxLength) / itemBytes;
        return count <= (ulong)most ? (int)count : throw TooMany(at, count, most, what);
    }

    /// <summary>Reads a name: text that must be valid UTF-8.</summary>
    /// <exception cref="InputException">It is not, or the file ends before.</exception>
    public string Name()
    {
        var at = Position;
        var bytes = Take(Count(1, "the length of its name"), "its name");
        try
        {
            return _strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error(at, "its name is not valid UTF-8");
        }
    }

    /// <summary>Reads text; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="InputException">The file ends before.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public string Text() => Encoding.UTF8.GetString(Take(Count(1, "the length of its text"), "its text"));

    /// <summary>Reads an array of text: its length, then its items.</summary>
    /// <exception cref="InputException">The length is too large, or the file ends before.</exception>
    // A vocabulary has hundreds of thousands of items and is read once, at start, before the runtime would compile a
    // loop well by itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public string[] Texts()
    {
        var items = new string[Count(sizeof(ulong), "the length of its array")];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = Text();
        }
        return items;
    }

    /// <summary>An error at a byte.</summary>
    public InputException Error(long at, string message) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{memory.Name}: {_kind} {Short(_name)} at byte {at}: {message}"
            )
        );

    private InputException CutShort(int length, string what) =>
        Error(Position, $"{what} takes {length} bytes, but the file ends after {Length - Position}: it is cut short");

    private InputException TooMany(long at, ulong count, long most, string what) =>
        Error(at, $"{what} is {count}, but the rest of the file holds {most} at most");

    // A name comes from the file and may be a megabyte.
    private static string Short(string name) => name.Length <= 100 ? name : $"{name[..100]}…";
}
