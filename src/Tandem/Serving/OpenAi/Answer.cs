using System.Text;

namespace Tandem.Serving.OpenAi;

/// <summary>One answer, whole.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Tokens">Its tokens, one that ends it included.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="Times">How many tokens it took.</param>
public sealed record Answer(
    string Text,
    IReadOnlyList<GeneratedToken> Tokens,
    FinishReason Finish,
    GenerationTimes Times
)
{
    /// <summary>What the API calls the reason for its end.</summary>
    public string FinishName => Finish == FinishReason.Stop ? "stop" : "length";

    /// <summary>Has an engine generate one.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="request">What it is to answer.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public static async Task<Answer> GenerateAsync(
        Engine engine,
        GenerationRequest request,
        CancellationToken cancellationToken
    )
    {
        var text = new StringBuilder();
        var tokens = new List<GeneratedToken>();
        await foreach (var token in engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
        {
            text.Append(token.Text);
            tokens.Add(token);
        }
        // The engine ends an answer by a token that says why, or throws.
        return new Answer(text.ToString(), tokens, tokens[^1].Finish!.Value, tokens[^1].Times!);
    }
}
