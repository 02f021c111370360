using System.Text;

namespace Tandem.Trainer.Text;

/// <summary>
/// Byte-level BPE in the manner of GPT-2: control tokens first, then the 256 bytes, then one token for each merge.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>Ends a message, and with it an answer.</summary>
    public const int End = 0;

    /// <summary>Begins a system line.</summary>
    public const int System = 1;

    /// <summary>Begins the user's words.</summary>
    public const int User = 2;

    /// <summary>Begins an answer.</summary>
    public const int Assistant = 3;

    private const int CacheMax = 50_000;
    private static readonly string[] Controls = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"];
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<(string Left, string Right), int> _ranks = [];
    private readonly Dictionary<string, int[]> _cache = [];
    private readonly Lock _cacheLock = new();

    /// <summary>The vocabulary with those merges, most important first.</summary>
    public Vocabulary(IReadOnlyList<(string Left, string Right)> merges)
    {
        Merges = merges;
        var tokens = new List<string>(Controls);
        tokens.AddRange(Enumerable.Range(0, 256).Select(value => ByteAlphabet.Letter((byte)value).ToString()));
        tokens.AddRange(merges.Select(merge => merge.Left + merge.Right));
        Tokens = tokens;
        for (var id = 0; id < tokens.Count; id++)
        {
            _ids.Add(tokens[id], id);
        }
        for (var rank = 0; rank < merges.Count; rank++)
        {
            _ranks.Add(merges[rank], rank);
        }
    }

    /// <summary>How many tokens there are besides merges.</summary>
    public static int Base => Controls.Length + 256;

    /// <summary>How many of the first tokens are controls.</summary>
    public static int ControlCount => Controls.Length;

    /// <summary>Tokens in the byte alphabet, by id.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The merges in order.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>The ids of a text; the text of control tokens is plain text here.</summary>
    public List<int> Encode(string text)
    {
        var result = new List<int>();
        foreach (var word in ByteAlphabet.Words(text))
        {
            result.AddRange(EncodeWord(word));
        }
        return result;
    }

    /// <summary>The text of ids; control tokens appear by their names.</summary>
    public string Decode(IEnumerable<int> tokens)
    {
        var bytes = new List<byte>();
        foreach (var id in tokens)
        {
            bytes.AddRange(id < ControlCount ? Encoding.UTF8.GetBytes(Tokens[id]) : ByteAlphabet.Bytes(Tokens[id]));
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int[] EncodeWord(string word)
    {
        lock (_cacheLock)
        {
            if (_cache.TryGetValue(word, out var known))
            {
                return known;
            }
        }
        var parts = word.Select(letter => letter.ToString()).ToList();
        while (parts.Count > 1)
        {
            var (best, at) = (int.MaxValue, -1);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                if (_ranks.TryGetValue((parts[i], parts[i + 1]), out var rank) && rank < best)
                {
                    (best, at) = (rank, i);
                }
            }
            if (at < 0)
            {
                break;
            }
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
        int[] encoded = [.. parts.Select(part => _ids[part])];
        lock (_cacheLock)
        {
            if (_cache.Count < CacheMax)
            {
                _cache[word] = encoded;
            }
        }
        return encoded;
    }
}
