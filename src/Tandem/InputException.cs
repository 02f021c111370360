namespace Tandem;

/// <summary>
/// A mistake of the user's: a file, a plan or a request that cannot be served. The message is one line that says
/// what was found, what was expected and, where that is not plain, what to do. It is the only exception that a
/// front end turns into a short message; anything else is a fault of the program.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>An error with its one-line message.</summary>
    public InputException(string message)
        : base(OnOneLine(message)) { }

    /// <summary>An error with its one-line message and the lower error that led to it.</summary>
    public InputException(string message, Exception innerException)
        : base(OnOneLine(message), innerException) { }

    /// <summary>
    /// A message without control characters: what it quotes comes from strangers' files and may hold line ends or a terminal's codes.
    /// </summary>
    internal static string OnOneLine(string message) =>
        message.Any(char.IsControl)
            ? string.Concat(message.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter))
            : message;
}
