using System.Globalization;

namespace Tandem.Loading;

/// <summary>
/// A made-up vocabulary of a real one's size and kind. Each of its words is two shorter ones joined, so that either kind
/// of tokenizer can reach it; special tokens have the real names and numbers.
/// </summary>
internal sealed class SynthVocabulary
{
    // Longer words are not joined again.
    private const int JoinedLengthMax = 6;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int Unused = 5;
    private const int Byte = 6;

    private readonly Action<SynthVocabulary, GgufWriter> _write;

    private SynthVocabulary(int size, Action<SynthVocabulary, GgufWriter> write)
    {
        Size = size;
        _write = write;
    }

    /// <summary>Llama 3's: byte-level, 128,000 words and 256 special tokens.</summary>
    public static SynthVocabulary Llama3 { get; } =
        new(
            128256,
            (vocabulary, writer) =>
                vocabulary.WriteByteLevel(
                    writer,
                    "llama-bpe",
                    words: 128000,
                    special:
                    [
                        "<|begin_of_text|>",
                        "<|end_of_text|>",
                        .. Reserved(0, 2),
                        "<|finetune_right_pad_id|>",
                        .. Reserved(2, 1),
                        "<|start_header_id|>",
                        "<|end_header_id|>",
                        "<|eom_id|>",
                        "<|eot_id|>",
                        "<|python_tag|>",
                        .. Reserved(3, 245),
                    ],
                    addsBos: true,
                    bos: 128000,
                    eos: 128009
                )
        );

    /// <summary>Qwen 3's: byte-level, 151,643 words, 26 special tokens, and unused ones up to a round number.</summary>
    public static SynthVocabulary Qwen3 { get; } =
        new(
            151936,
            (vocabulary, writer) =>
                vocabulary.WriteByteLevel(
                    writer,
                    "qwen2",
                    words: 151643,
                    special:
                    [
                        "<|endoftext|>",
                        "<|im_start|>",
                        "<|im_end|>",
                        .. Enumerable
                            .Range(0, 23)
                            .Select(i => string.Create(CultureInfo.InvariantCulture, $"<|special_{i}|>")),
                    ],
                    addsBos: false,
                    bos: 151643,
                    eos: 151645
                )
        );

    /// <summary>Number of tokens.</summary>
    public int Size { get; }

    /// <summary>One of the SentencePiece kind, as Llama 1 and 2 have it: three special tokens, 256 bytes, words with scores.</summary>
    public static SynthVocabulary SentencePiece(int size) =>
        new(size, (vocabulary, writer) => vocabulary.WriteSentencePiece(writer));

    /// <summary>Adds the keys of the tokenizer.</summary>
    public void Write(GgufWriter writer)
    {
        writer.Add(
            "tokenizer.chat_template",
            "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
                + "{% if add_generation_prompt %}assistant:{% endif %}"
        );
        _write(this, writer);
    }

    private void WriteSentencePiece(GgufWriter writer)
    {
        string[] first =
        [
            "<unk>",
            "<s>",
            "</s>",
            .. Enumerable.Range(0, 256).Select(i => string.Create(CultureInfo.InvariantCulture, $"<0x{i:X2}>")),
        ];
        string[] letters = ["\u2581", .. Enumerable.Range('!', '~' - '!' + 1).Select(code => ((char)code).ToString())];
        var (words, _) = Words(letters, space: "\u2581", Size - first.Length);
        writer.Add("tokenizer.ggml.model", "llama");
        writer.Add("tokenizer.ggml.pre", "default");
        writer.Add("tokenizer.ggml.tokens", (string[])[.. first, .. words]);
        // The earlier a word, the better its score; special tokens and bytes have none.
        writer.Add(
            "tokenizer.ggml.scores",
            (float[])[.. new float[first.Length], .. Enumerable.Range(0, words.Length).Select(i => -(float)i)]
        );
        writer.Add(
            "tokenizer.ggml.token_type",
            (int[])[Unknown, Control, Control, .. Enumerable.Repeat(Byte, 256), .. Enumerable.Repeat(1, words.Length)]
        );
        writer.Add("tokenizer.ggml.bos_token_id", 1u);
        writer.Add("tokenizer.ggml.eos_token_id", 2u);
        writer.Add("tokenizer.ggml.unknown_token_id", 0u);
        writer.Add("tokenizer.ggml.add_bos_token", true);
        writer.Add("tokenizer.ggml.add_eos_token", false);
    }

    private void WriteByteLevel(
        GgufWriter writer,
        string preTokenizer,
        int words,
        string[] special,
        bool addsBos,
        uint bos,
        uint eos
    )
    {
        var (tokens, merges) = Words(ByteLetters(), space: "\u0120", words);
        var padding = Size - words - special.Length;
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", preTokenizer);
        writer.Add(
            "tokenizer.ggml.tokens",
            (string[])
                [
                    .. tokens,
                    .. special,
                    .. Enumerable
                        .Range(words + special.Length, padding)
                        .Select(i => string.Create(CultureInfo.InvariantCulture, $"[PAD{i}]")),
                ]
        );
        writer.Add(
            "tokenizer.ggml.token_type",
            (int[])
                [
                    .. Enumerable.Repeat(1, words),
                    .. Enumerable.Repeat(Control, special.Length),
                    .. Enumerable.Repeat(Unused, padding),
                ]
        );
        writer.Add("tokenizer.ggml.merges", merges);
        writer.Add("tokenizer.ggml.bos_token_id", bos);
        writer.Add("tokenizer.ggml.eos_token_id", eos);
        writer.Add("tokenizer.ggml.add_bos_token", addsBos);
    }

    private static IEnumerable<string> Reserved(int first, int count) =>
        Enumerable
            .Range(first, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"<|reserved_special_token_{i}|>"));

    /// <summary>
    /// The letters that stand for bytes in a byte-level vocabulary: visible Latin-1 characters for themselves, and for
    /// the other bytes, in order, the characters from U+0100 on (GPT-2's mapping; byte 32 becomes U+0120).
    /// </summary>
    private static string[] ByteLetters()
    {
        var letters = new string[256];
        var next = 256;
        for (var i = 0; i < 256; i++)
        {
            var visible = i is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[i] = ((char)(visible ? i : next++)).ToString();
        }
        return letters;
    }

    // Words grow by joining an earlier word and an earlier word that no space begins.
    private static (string[] Words, string[] Merges) Words(string[] letters, string space, int count)
    {
        var words = new List<string>(letters);
        var merges = new List<string>();
        var known = new HashSet<string>(letters);
        List<string> starts = [space, .. LowerCase()];
        List<string> ends = [.. LowerCase()];
        var random = new SynthRandom(1);
        while (words.Count < count)
        {
            var (left, right) = (starts[random.Below(starts.Count)], ends[random.Below(ends.Count)]);
            var word = left + right;
            if (!known.Add(word))
            {
                continue;
            }
            words.Add(word);
            merges.Add($"{left} {right}");
            if (word.Length <= JoinedLengthMax)
            {
                starts.Add(word);
                if (!word.StartsWith(space, StringComparison.Ordinal))
                {
                    ends.Add(word);
                }
            }
        }
        return ([.. words], [.. merges]);
    }

    private static IEnumerable<string> LowerCase() => Enumerable.Range('a', 26).Select(code => ((char)code).ToString());
}
