using System.Collections.Frozen;
using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>The methods of Python's <c>str</c>.</summary>
internal static class StringMethods
{
    private delegate Value Method(Budget budget, StringValue text, Arguments arguments);

    private static readonly FrozenDictionary<string, Method> Methods = new Dictionary<string, Method>
    {
        ["capitalize"] = (b, t, a) => Plain(b, a, () => Texts.Title(b, t, _ => false)),
        ["casefold"] = (b, t, a) => Plain(b, a, () => t.WithText(b, t.Text.ToLowerInvariant())),
        ["center"] = (b, t, a) => Pad(b, t, a, side: 0),
        ["count"] = (b, t, a) => new IntValue(Texts.Count(b, Range(b, t, a, "sub"), Sought(a, "sub"))),
        ["endswith"] = (b, t, a) => Affix(b, t, a, (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        ["find"] = (b, t, a) => new IntValue(Find(b, t, a, fromEnd: false)),
        ["format"] = BraceFormat.Apply,
        ["index"] = (b, t, a) => new IntValue(RequireFound(Find(b, t, a, fromEnd: false))),
        ["isalnum"] = (b, t, a) => Class(b, t, a, char.IsLetterOrDigit),
        ["isalpha"] = (b, t, a) => Class(b, t, a, char.IsLetter),
        ["isascii"] = (b, t, a) =>
            Plain(b, a, () => BoolValue.Of(!t.Text.AsSpan().ContainsAnyExceptInRange('\0', '\x7f'))),
        ["isdecimal"] = (b, t, a) => Class(b, t, a, char.IsDigit),
        ["isdigit"] = (b, t, a) => Class(b, t, a, (s, i) => CharUnicodeInfo.GetDigitValue(s, i) >= 0),
        ["islower"] = (b, t, a) => Plain(b, a, () => BoolValue.Of(Texts.HasCase(b, t, upper: false))),
        ["isnumeric"] = (b, t, a) => Class(b, t, a, char.IsNumber),
        ["isspace"] = (b, t, a) => Class(b, t, a, (s, i) => Characters.IsSpace(s[i])),
        ["isupper"] = (b, t, a) => Plain(b, a, () => BoolValue.Of(Texts.HasCase(b, t, upper: true))),
        ["join"] = Join,
        ["ljust"] = (b, t, a) => Pad(b, t, a, side: -1),
        ["lower"] = (b, t, a) => Plain(b, a, () => t.WithText(b, t.Text.ToLowerInvariant())),
        ["lstrip"] = (b, t, a) => Strip(b, t, a, atStart: true, atEnd: false),
        ["partition"] = (b, t, a) => Partition(b, t, a, fromEnd: false),
        ["removeprefix"] = (b, t, a) => RemoveAffix(b, t, a, isPrefix: true),
        ["removesuffix"] = (b, t, a) => RemoveAffix(b, t, a, isPrefix: false),
        ["replace"] = Replace,
        ["rfind"] = (b, t, a) => new IntValue(Find(b, t, a, fromEnd: true)),
        ["rindex"] = (b, t, a) => new IntValue(RequireFound(Find(b, t, a, fromEnd: true))),
        ["rjust"] = (b, t, a) => Pad(b, t, a, side: 1),
        ["rpartition"] = (b, t, a) => Partition(b, t, a, fromEnd: true),
        ["rsplit"] = (b, t, a) => Split(b, t, a, fromEnd: true),
        ["rstrip"] = (b, t, a) => Strip(b, t, a, atStart: false, atEnd: true),
        ["split"] = (b, t, a) => Split(b, t, a, fromEnd: false),
        ["splitlines"] = SplitLines,
        ["startswith"] = (b, t, a) => Affix(b, t, a, (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        ["strip"] = (b, t, a) => Strip(b, t, a, atStart: true, atEnd: true),
        ["swapcase"] = (b, t, a) => Plain(b, a, () => SwapCase(b, t)),
        ["title"] = (b, t, a) => Plain(b, a, () => Texts.Title(b, t, c => !char.IsLetter(c))),
        ["upper"] = (b, t, a) => Plain(b, a, () => t.WithText(b, t.Text.ToUpperInvariant())),
        ["zfill"] = FillZeros,
    }.ToFrozenDictionary();

    /// <summary>The method of that name bound to a text, or null.</summary>
    public static Value? Find(StringValue text, string name) =>
        Methods.TryGetValue(name, out var method)
            ? new FunctionValue(name, (budget, arguments) => method(budget, text, arguments))
            : null;

    private static Value Plain(Budget budget, Arguments arguments, Func<Value> result)
    {
        arguments.BindNone();
        budget.Step();
        return result();
    }

    private static BoolValue Class(
        Budget budget,
        StringValue text,
        Arguments arguments,
        Func<string, int, bool> isInClass
    )
    {
        arguments.BindNone();
        return BoolValue.Of(Texts.All(budget, text, isInClass));
    }

    private static StringValue Strip(Budget budget, StringValue text, Arguments arguments, bool atStart, bool atEnd)
    {
        var characters = arguments.Bind(0, "chars")[0];
        return Texts.Trim(budget, text, OptionalText(characters, "the argument 'chars'"), atStart, atEnd);
    }

    private static StringValue Pad(Budget budget, StringValue text, Arguments arguments, int side)
    {
        var values = arguments.Bind(1, "width", "fillchar");
        var width = Expect.Integer(values[0], "the argument 'width'", 0);
        return Texts.Pad(budget, text, width, OptionalText(values[1], "the argument 'fillchar'"), side);
    }

    private static ListValue Split(Budget budget, StringValue text, Arguments arguments, bool fromEnd)
    {
        var values = arguments.Bind(0, "sep", "maxsplit");
        var limit = Expect.Integer(values[1], "the argument 'maxsplit'", -1);
        var separator = OptionalText(values[0], "the argument 'sep'");
        if (separator is null)
        {
            var words = Texts.SplitWords(budget, text, fromEnd ? -1 : limit);
            return fromEnd && limit >= 0 && words.Count > limit + 1
                ? throw new TemplateFault("'rsplit' with 'maxsplit' needs a separator")
                : ListValue.Of(budget, words);
        }
        return ListValue.Of(
            budget,
            fromEnd ? Texts.SplitFromEnd(budget, text, separator, limit) : Texts.Split(budget, text, separator, limit)
        );
    }

    private static ListValue SplitLines(Budget budget, StringValue text, Arguments arguments)
    {
        var keepEnds = arguments.Bind(0, "keepends")[0];
        return ListValue.Of(budget, Texts.SplitLines(budget, text, keepEnds is { IsTrue: true }));
    }

    private static StringValue Join(Budget budget, StringValue separator, Arguments arguments)
    {
        var items = Expect.Items(budget, arguments.Bind(1, "iterable")[0]!);
        return Texts.Join(budget, items, separator, item => Expect.Text(item, "an item to join"));
    }

    private static StringValue Replace(Budget budget, StringValue text, Arguments arguments)
    {
        var values = arguments.Bind(2, "old", "new", "count");
        var old = Expect.Text(values[0]!, "the argument 'old'");
        var replacement = Expect.Text(values[1]!, "the argument 'new'");
        return Texts.Replace(budget, text, old, replacement, Expect.Integer(values[2], "the argument 'count'", -1));
    }

    private static BoolValue Affix(
        Budget budget,
        StringValue text,
        Arguments arguments,
        Func<string, string, bool> matches
    )
    {
        var whole = Range(budget, text, arguments, "affix");
        var sought = arguments.Positional[0];
        IReadOnlyList<Value> candidates = sought is ListValue { IsTuple: true } tuple ? tuple.List : [sought];
        foreach (var candidate in candidates)
        {
            var part = Expect.Text(candidate, "the affix").Text;
            budget.StepOver(part.Length);
            if (matches(whole.Text, part))
            {
                return BoolValue.True;
            }
        }
        return BoolValue.False;
    }

    private static StringValue RemoveAffix(Budget budget, StringValue text, Arguments arguments, bool isPrefix)
    {
        var affix = Expect.Text(arguments.Bind(1, "affix")[0]!, "the affix").Text;
        budget.StepOver(affix.Length);
        var rest = text.Text.Length - affix.Length;
        if (isPrefix)
        {
            return text.Text.StartsWith(affix, StringComparison.Ordinal)
                ? text.Slice(budget, affix.Length, rest)
                : text;
        }
        return text.Text.EndsWith(affix, StringComparison.Ordinal) ? text.Slice(budget, 0, rest) : text;
    }

    private static int Find(Budget budget, StringValue text, Arguments arguments, bool fromEnd)
    {
        var part = Sought(arguments, "sub").Text;
        var range = Range(budget, text, arguments, "sub");
        budget.StepSearch(range.Text.Length, part.Length);
        var at = fromEnd
            ? range.Text.AsSpan().LastIndexOf(part, StringComparison.Ordinal)
            : range.Text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : CodePoints.Index(budget, range, at) + Start(budget, text, arguments);
    }

    private static int RequireFound(int index) =>
        index >= 0 ? index : throw new TemplateFault("the text sought is not there");

    private static StringValue Sought(Arguments arguments, string name) =>
        Expect.Text(arguments.Bind(1, name, "start", "end")[0]!, "the text sought");

    /// <summary>The part of the text that the arguments <c>start</c> and <c>end</c> name.</summary>
    private static StringValue Range(Budget budget, StringValue text, Arguments arguments, string name)
    {
        var values = arguments.Bind(1, name, "start", "end");
        return values[1] is null && values[2] is null
            ? text
            : (StringValue)Subscripts.Slice(budget, text, values[1], values[2], null);
    }

    private static int Start(Budget budget, StringValue text, Arguments arguments)
    {
        var start = Expect.Integer(arguments.Bind(1, "sub", "start", "end")[1], "the argument 'start'", 0);
        return start >= 0 ? start : Math.Max(0, start + CodePoints.Count(budget, text));
    }

    private static ListValue Partition(Budget budget, StringValue text, Arguments arguments, bool fromEnd)
    {
        var separator = Expect.Text(arguments.Bind(1, "sep")[0]!, "the argument 'sep'");
        var parts = fromEnd ? Texts.SplitFromEnd(budget, text, separator, 1) : Texts.Split(budget, text, separator, 1);
        if (parts.Count == 2)
        {
            return ListValue.Tuple(budget, parts[0], separator, parts[1]);
        }
        return fromEnd
            ? ListValue.Tuple(budget, StringValue.Empty, StringValue.Empty, text)
            : ListValue.Tuple(budget, text, StringValue.Empty, StringValue.Empty);
    }

    private static StringValue SwapCase(Budget budget, StringValue text)
    {
        budget.StepOver(text.Text.Length);
        var upper = text.Text.ToUpperInvariant();
        var lower = text.Text.ToLowerInvariant();
        budget.Allocate(6L * text.Text.Length);
        return text.WithText(budget, string.Concat(upper.Select((c, i) => c == text.Text[i] ? lower[i] : c)));
    }

    private static StringValue FillZeros(Budget budget, StringValue text, Arguments arguments)
    {
        var width = Expect.Integer(arguments.Bind(1, "width")[0], "the argument 'width'", 0);
        var signs = text.Text.Length > 0 && text.Text[0] is '-' or '+' ? 1 : 0;
        return new StringValueBuilder(budget)
            .Append(text, 0, signs)
            .AppendRepeated('0', width - CodePoints.Count(budget, text))
            .Append(text, signs, text.Text.Length - signs)
            .ToValue();
    }

    private static StringValue? OptionalText(Value? value, string what) =>
        value is null or NoneValue ? null : Expect.Text(value, what);
}
