using System.Text;

namespace Tandem.Text.Templates;

/// <summary>Puts a text together from parts, keeps their origins, and counts what it takes.</summary>
internal sealed class StringValueBuilder
{
    private const int OwnBytes = 200;
    private readonly Budget _budget;
    private readonly StringBuilder _text = new();
    private readonly List<int> _borders = [];

    /// <summary>Starts with no text.</summary>
    /// <exception cref="TemplateFault">There is no memory left for it.</exception>
    public StringValueBuilder(Budget budget)
    {
        budget.Allocate(OwnBytes);
        _budget = budget;
    }

    /// <summary>Adds a part that the template wrote.</summary>
    /// <exception cref="TemplateFault">The text gets too long.</exception>
    public StringValueBuilder Append(ReadOnlySpan<char> text) => Append(text, isData: false);

    /// <summary>Adds a part of given origin.</summary>
    /// <exception cref="TemplateFault">The text gets too long.</exception>
    public StringValueBuilder Append(ReadOnlySpan<char> text, bool isData)
    {
        if (text.Length > 0)
        {
            Count(text.Length);
            MarkOrigin(isData);
            _text.Append(text);
        }
        return this;
    }

    /// <summary>Adds a text.</summary>
    /// <exception cref="TemplateFault">The text gets too long.</exception>
    public StringValueBuilder Append(StringValue value) => Append(value, 0, value.Text.Length);

    /// <summary>Adds a part of a text, in UTF-16 units.</summary>
    /// <exception cref="TemplateFault">The text gets too long.</exception>
    public StringValueBuilder Append(StringValue value, int start, int length)
    {
        if (value.Borders.Count == 0)
        {
            return Append(value.Text.AsSpan(start, length), isData: false);
        }
        var part = value.Slice(_budget, start, length);
        var begin = 0;
        for (var i = 0; i <= part.Borders.Count; i++)
        {
            var end = i < part.Borders.Count ? part.Borders[i] : part.Text.Length;
            Append(part.Text.AsSpan(begin, end - begin), isData: i % 2 == 1);
            begin = end;
        }
        return this;
    }

    /// <summary>Adds a character of the template's a number of times.</summary>
    /// <exception cref="TemplateFault">The text gets too long.</exception>
    public StringValueBuilder AppendRepeated(char c, int count)
    {
        if (count > 0)
        {
            Count(count);
            MarkOrigin(isData: false);
            _text.Append(c, count);
        }
        return this;
    }

    /// <summary>The whole text.</summary>
    public StringValue ToValue() =>
        _text.Length == 0 ? StringValue.Empty : StringValue.FromBorders(_text.ToString(), [.. _borders]);

    private void Count(int chars)
    {
        // The characters are held twice: in the builder, and in the text that it gives.
        _budget.Allocate(4L * chars);
        if (_text.Length + chars > _budget.TextCharsMax)
        {
            throw new TemplateFault($"a text gets longer than {_budget.TextCharsMax} characters");
        }
    }

    private void MarkOrigin(bool isData)
    {
        if (isData != (_borders.Count % 2 == 1))
        {
            _budget.Allocate(12);
            _borders.Add(_text.Length);
        }
    }
}
