namespace Tandem.Text.Templates;

/// <summary>A template's text with its line ends made uniform, and errors that name a place in it.</summary>
internal sealed class TemplateSource
{
    /// <summary>The most characters a template may have. The longest that models ship with have some fifty thousand.</summary>
    public const int CharsMax = 256 * 1024;

    /// <summary>Takes the text as Jinja does: every line end becomes a line feed, and one at the very end is dropped.</summary>
    /// <exception cref="InputException">The text is too long.</exception>
    public TemplateSource(string text)
    {
        if (text.Length > CharsMax)
        {
            throw new InputException($"chat template: {text.Length} characters, expected at most {CharsMax}");
        }
        var uniform = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        Text = uniform.EndsWith('\n') ? uniform[..^1] : uniform;
    }

    /// <summary>The text that positions refer to.</summary>
    public string Text { get; }

    /// <summary>An error at a position, with its line and column (both from 1).</summary>
    public InputException Error(int position, string message) => new($"chat template, {Place(position)}: {message}");

    private string Place(int position)
    {
        var before = Text.AsSpan(0, Math.Min(position, Text.Length));
        var column = before.Length - before.LastIndexOf('\n');
        return $"line {before.Count('\n') + 1}, column {column}";
    }
}
