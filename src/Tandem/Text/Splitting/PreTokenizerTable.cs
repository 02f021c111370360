using Tandem.Plans;

namespace Tandem.Text.Splitting;

/// <summary>
/// The pre-tokenizers that the engine knows; to add one, write its rule's file where it needs a new one, and a line here.
/// Source of each: the <c>pre_tokenizer</c> of the model's published tokenizer.json.
/// </summary>
internal static class PreTokenizerTable
{
    private const string Key = "tokenizer.ggml.pre";

    private static readonly Gpt2Splitter Gpt2 = new();
    private static readonly RunSplitter LineEnds = new(c => c.IsLineEnd, most: 1);
    private static readonly RunSplitter Digits = new(c => c.Is(CharacterKind.Number), most: 1);
    private static readonly RunSplitter EastAsian = new(DeepSeekCharacters.EastAsian.Contains);

    /// <summary>Every pre-tokenizer.</summary>
    public static IReadOnlyList<PreTokenizer> All { get; } =
    [
        new(["gpt-2", "gpt2", "phi-2", "mpt", "olmo"], [Gpt2]),
        new(["llama-bpe", "llama3", "llama-v3"], [new TiktokenSplitter(digits: 3)], WholeWords: true, AddsBos: true),
        // OLMo 2 comes as dbrx, SmolLM 3 as smaug-bpe: Llama 3's rule, but words are merged.
        new(["dbrx", "smaug-bpe"], [new TiktokenSplitter(digits: 3)]),
        new(["qwen2", "deepseek-r1-qwen"], [new TiktokenSplitter(digits: 1)]),
        new(["starcoder", "refact", "granite", "smollm"], [Digits, Gpt2]),
        new(["falcon"], [new RunSplitter(IsFalconPunctuation), Gpt2, new RunSplitter(IsAsciiDigit, least: 3, most: 3)]),
        new(
            ["deepseek-llm"],
            [
                LineEnds,
                new RunSplitter(DeepSeekCharacters.Letters.Contains, afterSpace: true),
                new RunSplitter(DeepSeekCharacters.Punctuation.Contains, afterSpace: true),
                new TrailingSpaceSplitter(),
                EastAsian,
                new RunSplitter(c => c.Is(CharacterKind.Number)),
            ]
        ),
        new(
            ["deepseek-coder"],
            [
                LineEnds,
                new RunSplitter(c => c.Is(CharacterKind.Letter), afterSpace: true),
                new RunSplitter(c => c.Is(CharacterKind.Punctuation), afterSpace: true),
                EastAsian,
                Digits,
            ]
        ),
    ];

    /// <summary>
    /// The pre-tokenizer that a file names. There is no default: with another one's rule a model gives worse answers and
    /// nobody sees why, so a missing key and the converters' <c>default</c> are errors like an unknown name.
    /// </summary>
    /// <exception cref="InputException">The key is missing, or its name is not known.</exception>
    public static PreTokenizer From(ModelHeader header)
    {
        var known = string.Join(", ", All.SelectMany(entry => entry.Names));
        if (!header.Metadata.Has(Key))
        {
            throw new InputException(
                $"{header.Source}: key '{Key}' is missing, expected one of {known}; convert the model again, or set the key"
            );
        }
        var name = header.Metadata.String(Key);
        return All.FirstOrDefault(entry => entry.Names.Contains(name, StringComparer.Ordinal))
            ?? throw new InputException(
                $"{header.Source}: unknown pre-tokenizer '{Excerpt.Of(name)}' in '{Key}', expected one of {known}"
            );
    }

    private static bool IsFalconPunctuation(Character c) =>
        c.Is(CharacterKind.Punctuation) || c.Value is '$' or '+' or '<' or '=' or '>' or '^' or '`' or '|' or '~';

    private static bool IsAsciiDigit(Character c) => c.Value is >= '0' and <= '9';
}
