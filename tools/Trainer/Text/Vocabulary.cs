using Tandem.Plans;
using Tandem.Text;

namespace Tandem.Trainer.Text;

/// <summary>
/// Byte-level BPE in the manner of GPT-2: control tokens first, then the 256 bytes, then one token for each merge. The
/// engine's own tokenizer encodes, so training sees the very ids that serving will.
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

    private const string MergesKey = "tokenizer.ggml.merges";
    private const int NormalType = 1;
    private const int ControlType = 3;
    private static readonly string[] Controls = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"];
    private readonly Tokenizer _tokenizer;

    /// <summary>The vocabulary with those merges, most important first.</summary>
    public Vocabulary(IEnumerable<(string Left, string Right)> merges)
    {
        var pairs = merges.ToList();
        var bytes = Enumerable.Range(0, 256).Select(value => ByteAlphabet.Letter((byte)value).ToString());
        Tokens = [.. Controls, .. bytes, .. pairs.Select(merge => merge.Left + merge.Right)];
        Metadata = new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "gpt-2",
            ["tokenizer.ggml.tokens"] = Tokens.ToArray(),
            ["tokenizer.ggml.token_type"] = Tokens
                .Select((_, id) => id < Controls.Length ? ControlType : NormalType)
                .ToArray(),
            [MergesKey] = pairs.Select(merge => $"{merge.Left} {merge.Right}").ToArray(),
            ["tokenizer.ggml.bos_token_id"] = (uint)End,
            ["tokenizer.ggml.eos_token_id"] = (uint)End,
            ["tokenizer.ggml.add_bos_token"] = false,
        };
        const string name = "the trainer's vocabulary";
        _tokenizer = Tokenizer.From(
            new ModelHeader(name, new Metadata(name, Metadata), new Dictionary<string, TensorInfo>())
        );
    }

    /// <summary>How many tokens there are besides merges.</summary>
    public static int Base => Controls.Length + 256;

    /// <summary>Tokens in the byte alphabet, by id.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The keys of a GGUF file that describe it, in their order.</summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>The vocabulary of a file that has these keys.</summary>
    /// <exception cref="InputException">The file has no merges.</exception>
    public static Vocabulary From(ModelHeader header) =>
        new(header.Metadata.Strings(MergesKey).Select(merge => merge.Split(' ')).Select(parts => (parts[0], parts[1])));

    /// <summary>The ids of a text; the text of control tokens is plain text here.</summary>
    public int[] Encode(string text) => _tokenizer.Encode(text, addSpecial: false, parseSpecial: false);

    /// <summary>The text of ids; control tokens appear by their names.</summary>
    public string Decode(ReadOnlySpan<int> ids) => _tokenizer.Decode(ids, special: true);
}
