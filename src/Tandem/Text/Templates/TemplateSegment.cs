namespace Tandem.Text.Templates;

/// <summary>A part of a rendered text.</summary>
/// <param name="Text">Its characters, at least one.</param>
/// <param name="IsData">
/// Whether it came in with the conversation, so that control tokens that it spells are mere text; else the template
/// wrote it, and they are control tokens.
/// </param>
public readonly record struct TemplateSegment(string Text, bool IsData);
