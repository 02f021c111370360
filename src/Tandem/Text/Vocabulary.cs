using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Tandem.Plans;

namespace Tandem.Text;

/// <summary>Writes the bytes that a token stands for, and returns how many; they are at most the UTF-8 length of its text.</summary>
/// <param name="text">The token as the file names it.</param>
/// <param name="type">Its kind.</param>
/// <param name="piece">Where to write.</param>
internal delegate int PieceWriter(string text, TokenType type, Span<byte> piece);

/// <summary>
/// The pieces of a vocabulary as bytes, one after the other in one array, and the way back from bytes to an id. Only
/// pieces that text may consist of are found again: normal and user-defined ones, never control tokens.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>The longest piece in bytes; real vocabularies stay at 1024.</summary>
    public const int PieceBytesMax = 4096;

    private static readonly ulong Seed = (uint)HashCode.Combine(1) | ((ulong)HashCode.Combine(2) << 32);

    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly TokenType[] _types;

    /// <summary>
    /// An open-addressed table whose length is a power of two: a piece's hash in the high half, its id plus one in the
    /// low one; 0 is free.
    /// </summary>
    private readonly ulong[] _slots;

    private Vocabulary(byte[] bytes, int[] ends, TokenType[] types)
    {
        _bytes = bytes;
        _ends = ends;
        _types = types;
        _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, ends.Length * 3L / 2))];
        for (var id = 0; id < ends.Length; id++)
        {
            LongestPiece = Math.Max(LongestPiece, Piece(id).Length);
        }
        // Where two tokens are the same bytes, the normal one is found, and of two normal ones the first.
        Index(TokenType.Normal);
        Index(TokenType.UserDefined);
    }

    /// <summary>The number of tokens.</summary>
    public int Count => _ends.Length;

    /// <summary>The length in bytes of the longest piece.</summary>
    public int LongestPiece { get; }

    /// <summary>Reads the tokens and their types from a model's metadata.</summary>
    /// <exception cref="InputException">They are missing, empty, too long, or contradict each other.</exception>
    public static Vocabulary From(ModelHeader header, PieceWriter write)
    {
        var tokens = header.Metadata.Strings("tokenizer.ggml.tokens");
        if (tokens.Length == 0)
        {
            throw new InputException($"{header.Source}: the vocabulary is empty, expected at least one token");
        }
        var types = TokenTypes.Read(header, tokens);
        var bound = BytesOf(header, tokens);
        var bytes = new byte[bound];
        var ends = new int[tokens.Length];
        var end = 0;
        for (var id = 0; id < tokens.Length; id++)
        {
            end += write(tokens[id], types[id], bytes.AsSpan(end));
            ends[id] = end;
        }
        return new Vocabulary(end < bound ? bytes[..end] : bytes, ends, types);
    }

    /// <summary>The bytes that a token stands for.</summary>
    public ReadOnlySpan<byte> Piece(int id)
    {
        var start = id == 0 ? 0 : _ends[id - 1];
        return _bytes.AsSpan(start, _ends[id] - start);
    }

    /// <summary>What kind of token an id is.</summary>
    public TokenType Type(int id) => _types[id];

    /// <summary>The id of a piece of text, or −1.</summary>
    public int Find(ReadOnlySpan<byte> piece) => (int)(uint)_slots[SlotOf(piece, Hash(piece))] - 1;

    private void Index(TokenType type)
    {
        for (var id = 0; id < Count; id++)
        {
            var piece = Piece(id);
            if (_types[id] != type || piece.IsEmpty)
            {
                continue;
            }
            var hash = Hash(piece);
            ref var slot = ref _slots[SlotOf(piece, hash)];
            if (slot == 0)
            {
                slot = ((ulong)hash << 32) | (uint)(id + 1);
            }
        }
    }

    /// <summary>
    /// The slot that holds the piece, or the free one where it would be. A vocabulary's loading calls this half a million
    /// times before the runtime would have optimised it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int SlotOf(ReadOnlySpan<byte> piece, uint hash)
    {
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        while (
            _slots[slot] != 0
            && (_slots[slot] >> 32 != hash || !Piece((int)(uint)_slots[slot] - 1).SequenceEqual(piece))
        )
        {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static int BytesOf(ModelHeader header, string[] tokens)
    {
        var total = 0L;
        for (var id = 0; id < tokens.Length; id++)
        {
            var length = Encoding.UTF8.GetByteCount(tokens[id]);
            if (length > PieceBytesMax)
            {
                throw new InputException(
                    $"{header.Source}: token {id} has {length} bytes, expected at most {PieceBytesMax}"
                );
            }
            total += length;
        }
        return total <= Array.MaxLength
            ? (int)total
            : throw new InputException(
                $"{header.Source}: the vocabulary has {total} bytes, expected at most {Array.MaxLength}"
            );
    }

    /// <summary>A multiplying hash in the manner of wyhash. Its seed is the process's, so that no file can aim at one slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Hash(ReadOnlySpan<byte> piece)
    {
        var hash = Seed ^ (ulong)piece.Length;
        for (; piece.Length > 8; piece = piece[8..])
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(piece));
        }
        var last = piece.Length switch
        {
            0 => 0UL,
            < 4 => piece[0] | ((ulong)piece[piece.Length / 2] << 8) | ((ulong)piece[^1] << 16),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(piece)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(piece[^4..]) << 32),
        };
        return (uint)Mix(hash ^ last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, 0x9E37_79B9_7F4A_7C15, out var low);
        return high ^ low;
    }
}
