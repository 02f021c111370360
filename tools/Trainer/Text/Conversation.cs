namespace Tandem.Trainer.Text;

/// <summary>One document of the training text.</summary>
/// <param name="System">The system line, or none.</param>
/// <param name="Turns">Questions and answers in order; a single one with no user's words is plain text.</param>
internal sealed record Conversation(string? System, IReadOnlyList<Exchange> Turns);
