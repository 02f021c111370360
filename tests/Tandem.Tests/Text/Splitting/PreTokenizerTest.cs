using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Tandem.Text;
using Tandem.Text.Splitting;

namespace Tandem.Tests.Text.Splitting;

public class PreTokenizerTest
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Tiktoken =
        @"'[sS\u017f]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
        + @" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The patterns of each model's own tokenizer, each applied to what the one before left.</summary>
    private static readonly Dictionary<string, string[]> Patterns = new()
    {
        ["gpt-2"] = [Gpt2],
        ["llama-bpe"] = [Tiktoken],
        ["dbrx"] = [Tiktoken],
        ["qwen2"] = [Tiktoken.Replace("{1,3}", "", StringComparison.Ordinal)],
        ["starcoder"] = [@"\p{N}", Gpt2],
        ["falcon"] = [@"[\p{P}$+<=>^`|~]+", Gpt2, "[0-9][0-9][0-9]"],
        // The Latin, Greek and Cyrillic parts of the class of letters; the generated text has no others.
        ["deepseek-llm"] =
        [
            @"[\r\n]",
            @"\s?[A-Za-zµÀ-ÖØ-öø-ƺͰ-ͳΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁ]+",
            @"\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
            @"\s+$",
            @"[一-龥\u0800-一가-\ud7ff]+",
            @"\p{N}+",
        ],
        ["deepseek-coder"] = [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", @"[一-龥\u0800-一가-\ud7ff]+", @"\p{N}"],
    };

    public static TheoryData<string> Names => [.. Patterns.Keys];

    [Theory]
    [InlineData("Hello, y'all! How's it", "Hello|,| y|'|all|!| How|'s| it")]
    [InlineData("I'LL we've", "I|'|LL| we|'ve")]
    [InlineData("12345 67", "12345| 67")]
    [InlineData("a  b   c ", "a| | b|  | c| ")]
    [InlineData("a \n\n b", "a| \n\n| b")]
    [InlineData("\t\tx", "\t|\t|x")]
    [InlineData("\u00a0a\u3000", "\u00a0|a|\u3000")]
    [InlineData("𝐀𝐁 𐐀1🦙🦙 x", "𝐀𝐁| 𐐀|1|🦙🦙| x")]
    [InlineData("e\u0301x", "e|\u0301|x")]
    [InlineData("٣٤ ½", "٣٤| ½")]
    public void Gpt2_cuts_words_with_the_space_before_them(string text, string parts) =>
        AssertParts("gpt-2", text, parts);

    [Theory]
    [InlineData("I'LL we'Ve", "I|'LL| we|'Ve")]
    [InlineData("don't 'x'", "don|'t| '|x|'")]
    [InlineData("'ſx", "'ſ|x")]
    [InlineData("1234567 12", "123|456|7| |12")]
    [InlineData("a\n\n  b", "a|\n\n| | b")]
    [InlineData("x!!\n\ny", "x|!!\n\n|y")]
    [InlineData("\tfoo (bar) ", "\tfoo| (|bar|)| ")]
    [InlineData(" \n x", " \n| x")]
    [InlineData("𐐀𐐀𝟏𝟐𝟑𝟒", "𐐀𐐀|𝟏𝟐𝟑|𝟒")]
    public void Llama3_cuts_digits_in_threes_and_keeps_a_sign_with_its_word(string text, string parts) =>
        AssertParts("llama-bpe", text, parts);

    [Theory]
    [InlineData("ab123 4", "ab|1|2|3| |4")]
    [InlineData("I'M x\r\n", "I|'M| x|\r\n")]
    public void Qwen2_cuts_every_digit(string text, string parts) => AssertParts("qwen2", text, parts);

    [Theory]
    [InlineData("ab12 3", "ab|1|2| |3")]
    [InlineData("x ½ y", "x| |½| y")]
    public void Starcoder_takes_digits_out_first(string text, string parts) => AssertParts("starcoder", text, parts);

    [Theory]
    [InlineData("Hi, 12345!! $x", "Hi|,| |123|45|!!| |$|x")]
    [InlineData("don't", "don|'|t")]
    public void Falcon_takes_punctuation_out_first(string text, string parts) => AssertParts("falcon", text, parts);

    [Theory]
    [InlineData("Hi there\r\n", "Hi| there|\r|\n")]
    [InlineData("a  b", "a| | b")]
    [InlineData("你好 world", "你好| world")]
    [InlineData("x=1234, y", "x|=|1234|,| y")]
    [InlineData("ab اب ", "ab| اب| ")]
    [InlineData("कख 한글", "कख| |한글")]
    [InlineData("x \u3000y", "x| |\u3000|y")]
    [InlineData("你 \u3000。你", "你| |\u3000。|你")]
    public void Deepseek_llm_cuts_by_script(string text, string parts) => AssertParts("deepseek-llm", text, parts);

    [Theory]
    [InlineData("int x=10;", "int| x|=|1|0|;")]
    [InlineData("a, 'b'", "a|,| '|b|'")]
    public void Deepseek_coder_cuts_by_category(string text, string parts) =>
        AssertParts("deepseek-coder", text, parts);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_parts_are_those_of_the_published_patterns(string name)
    {
        const string letters =
            "abzAS'stmdreveLLlMſ  \t\r\n\u00a0\u3000\u2028019½٣.,!?-_$+<=>^`|~#\u0301éЖя中文한ࠀ‘。（€\u0085";
        var text = Gen.Char[letters].Array[0, 24].Select(sample => new string(sample));
        text.Sample(
            sample => Assert.Equal(Expected(name, sample), Parts(name, Encoding.UTF8.GetBytes(sample))),
            iter: 5_000
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_parts_of_any_bytes_are_those_bytes(string name) =>
        Gen
            .Byte.Array[0, 100]
            .Sample(
                bytes =>
                {
                    var ends = new List<int>();
                    Find(name).Split(bytes, ends);
                    Assert.Equal(ends.Order().Distinct(), ends);
                    Assert.Equal(bytes.Length, ends.Count == 0 ? 0 : ends[^1]);
                },
                iter: 2_000
            );

    [Fact]
    public void Every_rule_is_compared_with_its_published_pattern() =>
        Assert.All(PreTokenizerTable.All, entry => Assert.Contains(entry.Names, Patterns.ContainsKey));

    [Fact]
    public void A_name_has_one_pre_tokenizer()
    {
        var names = PreTokenizerTable.All.SelectMany(entry => entry.Names).ToArray();
        Assert.Equal(names.Distinct(), names);
    }

    [Theory]
    [InlineData("llama3", "llama-bpe")]
    [InlineData("llama-v3", "llama-bpe")]
    [InlineData("smaug-bpe", "dbrx")]
    [InlineData("deepseek-r1-qwen", "qwen2")]
    [InlineData("phi-2", "gpt-2")]
    [InlineData("mpt", "gpt-2")]
    [InlineData("olmo", "gpt-2")]
    [InlineData("refact", "starcoder")]
    [InlineData("smollm", "starcoder")]
    [InlineData("granite", "starcoder")]
    public void Other_names_mean_the_same(string name, string common) => Assert.Same(Find(common), Find(name));

    [Theory]
    [InlineData("default")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void An_unknown_name_is_an_error_that_lists_the_known_ones(string name)
    {
        var error = Assert.Throws<InputException>(() => Tokenizer.From(Vocabularies.ByteLevel(name)));
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.All(
            PreTokenizerTable.All.SelectMany(entry => entry.Names),
            known => Assert.Contains(known, error.Message, StringComparison.Ordinal)
        );
    }

    private static PreTokenizer Find(string name) =>
        PreTokenizerTable.From(Vocabularies.Header(("tokenizer.ggml.pre", name)));

    private static void AssertParts(string name, string text, string parts)
    {
        Assert.Equal(parts.Split('|'), Parts(name, Encoding.UTF8.GetBytes(text)));
        Assert.Equal(text, parts.Replace("|", "", StringComparison.Ordinal));
    }

    private static List<string> Parts(string name, byte[] text)
    {
        var ends = new List<int>();
        Find(name).Split(text, ends);
        return [.. ends.Select((end, i) => Encoding.UTF8.GetString(text[(i == 0 ? 0 : ends[i - 1])..end]))];
    }

    private static IEnumerable<string> Expected(string name, string text)
    {
        IEnumerable<string> parts = text.Length == 0 ? [] : [text];
        foreach (var pattern in Patterns[name])
        {
            parts = parts.SelectMany(part => Isolate(part, pattern)).ToArray();
        }
        return parts;
    }

    private static IEnumerable<string> Isolate(string text, string pattern)
    {
        var done = 0;
        foreach (Match match in Regex.Matches(text, pattern, RegexOptions.CultureInvariant))
        {
            if (match.Index > done)
            {
                yield return text[done..match.Index];
            }
            yield return match.Value;
            done = match.Index + match.Length;
        }
        if (done < text.Length)
        {
            yield return text[done..];
        }
    }
}
