namespace Tandem.Text.Templates;

/// <summary>What a template made of a conversation.</summary>
/// <param name="Text">The whole text.</param>
/// <param name="Segments">The same in parts of equal origin, so that text of the conversation is never read as control tokens.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<TemplateSegment> Segments);
