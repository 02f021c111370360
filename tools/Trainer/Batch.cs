namespace Tandem.Trainer;

/// <summary>
/// Documents one behind the other. Each attends to itself alone, and its positions begin at 0, as a conversation's
/// do when it is served.
/// </summary>
/// <param name="Tokens">Token of each row.</param>
/// <param name="Targets">The token that ought to follow, or <see cref="NoTarget"/> where nothing is learnt.</param>
/// <param name="Starts">First row of each document, and behind them the number of rows.</param>
internal sealed record Batch(int[] Tokens, int[] Targets, int[] Starts)
{
    /// <summary>Marks a row whose successor is not learnt, such as the user's words.</summary>
    public const int NoTarget = -1;

    /// <summary>How many rows there are.</summary>
    public int Rows => Tokens.Length;

    /// <summary>How many rows have a target.</summary>
    public int TargetCount => Targets.Count(target => target != NoTarget);

    /// <summary>How many documents there are.</summary>
    public int Documents => Starts.Length - 1;

    /// <summary>One document, of which only the token that follows the last row is wanted.</summary>
    public static Batch Prompt(IReadOnlyList<int> tokens)
    {
        var targets = new int[tokens.Count];
        Array.Fill(targets, NoTarget);
        targets[^1] = 0;
        return new Batch([.. tokens], targets, [0, tokens.Count]);
    }
}
