namespace Tandem.Trainer.Text;

/// <summary>What the user says, and the answer.</summary>
/// <param name="User">The user's words.</param>
/// <param name="Assistant">The answer.</param>
internal readonly record struct Exchange(string User, string Assistant);
