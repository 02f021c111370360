namespace Tandem.Text.Templates;

/// <summary>
/// A text that knows for each character whether the template wrote it or it came in with the variables. Every operation
/// on texts carries that along, and in the end it decides whether the name of a control token is one or is mere text.
/// Positions and lengths inside are in UTF-16 units; <see cref="CodePoints"/> gives what templates see.
/// </summary>
internal sealed class StringValue : Value
{
    /// <summary>The text without characters.</summary>
    public static readonly StringValue Empty = new("", []);

    private static readonly int[] WholeIsData = [0];

    // Ascending. Up to the first border the template wrote the text, up to the second it is data, and so on.
    private readonly int[] _borders;
    private bool? _hasSurrogates;

    private StringValue(string text, int[] borders)
    {
        Text = text;
        _borders = borders;
    }

    /// <summary>The characters.</summary>
    public string Text { get; }

    /// <summary>The positions at which the origin changes, ascending; the text begins as the template's.</summary>
    public IReadOnlyList<int> Borders => _borders;

    /// <inheritdoc/>
    public override string TypeName => "str";

    /// <inheritdoc/>
    public override bool IsTrue => Text.Length > 0;

    /// <summary>Whether some character takes two UTF-16 units, so that positions have to be counted.</summary>
    public bool HasSurrogates => _hasSurrogates ??= Text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');

    /// <summary>A text that the template wrote.</summary>
    public static StringValue FromTemplate(string text) => text.Length == 0 ? Empty : new StringValue(text, []);

    /// <summary>A text that came in with the variables.</summary>
    public static StringValue FromData(string text) => text.Length == 0 ? Empty : new StringValue(text, WholeIsData);

    /// <summary>A text with given borders, all of them below its length.</summary>
    public static StringValue FromBorders(string text, int[] borders) => new(text, borders);

    /// <summary>Whether the character at a position is data.</summary>
    public bool IsDataAt(int position)
    {
        var index = Array.BinarySearch(_borders, position);
        return (index >= 0 ? index + 1 : ~index) % 2 == 1;
    }

    /// <summary>Another text of the same length with the same origins, as changing case gives.</summary>
    public StringValue WithText(Budget budget, string text)
    {
        budget.Allocate(48 + (2L * text.Length));
        return new StringValue(text, _borders);
    }

    /// <summary>A part of the text, in UTF-16 units.</summary>
    public StringValue Slice(Budget budget, int start, int length)
    {
        if (length <= 0)
        {
            return Empty;
        }
        if (length == Text.Length)
        {
            return this;
        }
        var borders = SliceBorders(start, length);
        budget.Allocate(72 + (2L * length) + (4L * borders.Length));
        return new StringValue(Text.Substring(start, length), borders);
    }

    /// <summary>The parts of equal origin, in order.</summary>
    public IEnumerable<TemplateSegment> Segments()
    {
        var begin = 0;
        for (var i = 0; i <= _borders.Length; i++)
        {
            var end = i < _borders.Length ? _borders[i] : Text.Length;
            if (end > begin)
            {
                yield return new TemplateSegment(Text[begin..end], IsData: i % 2 == 1);
            }
            begin = end;
        }
    }

    /// <inheritdoc/>
    public override Value? Attribute(string name) => StringMethods.Find(this, name);

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Items(Budget budget)
    {
        budget.Step(Text.Length);
        budget.Allocate(16L * Text.Length);
        List<Value> items = new(Text.Length);
        for (var at = 0; at < Text.Length; )
        {
            var units = CodePoints.UnitsAt(Text, at);
            items.Add(Slice(budget, at, units));
            at += units;
        }
        return items;
    }

    private int[] SliceBorders(int start, int length)
    {
        var first = FirstBorderAfter(start);
        var last = FirstBorderAfter(start + length - 1);
        // An odd number of borders up to the start means that the part begins as data.
        var startsAsData = first % 2;
        if (first == last)
        {
            return startsAsData == 1 ? WholeIsData : [];
        }
        var borders = new int[last - first + startsAsData];
        for (var i = first; i < last; i++)
        {
            borders[i - first + startsAsData] = _borders[i] - start;
        }
        return borders;
    }

    private int FirstBorderAfter(int position)
    {
        var index = Array.BinarySearch(_borders, position);
        return index >= 0 ? index + 1 : ~index;
    }
}
