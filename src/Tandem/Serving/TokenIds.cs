using System.Globalization;

namespace Tandem.Serving;

/// <summary>Checks token ids that come from outside.</summary>
internal static class TokenIds
{
    /// <summary>Refuses ids that a model has no embedding for.</summary>
    /// <param name="tokens">The ids.</param>
    /// <param name="vocabulary">How many the model knows.</param>
    /// <exception cref="InputException">One is not of the vocabulary.</exception>
    public static void RequireKnown(IReadOnlyList<int> tokens, int vocabulary)
    {
        foreach (var token in tokens)
        {
            if (token < 0 || token >= vocabulary)
            {
                throw new InputException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"token {token} is not of the vocabulary, whose ids go from 0 to {vocabulary - 1}"
                    )
                );
            }
        }
    }
}
