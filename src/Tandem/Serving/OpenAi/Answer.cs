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

    /// <summary>Has an engine generate several at the same time; where one fails, so do all.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="requests">What it is to answer.</param>
    /// <param name="client">Who asks: where requests wait, clients take turns.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    public static async Task<Answer[]> GenerateAsync(
        Engine engine,
        IReadOnlyList<GenerationRequest> requests,
        string client,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var generations = engine.Start(requests, client);
        try
        {
            return await ReadAsync(generations, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var generation in generations)
            {
                generation.Dispose();
            }
        }
    }

    /// <summary>Reads several to their ends.</summary>
    /// <param name="generations">The answers on their way.</param>
    /// <param name="cancellationToken">Ends the reading; the answers go on.</param>
    public static async Task<Answer[]> ReadAsync(
        IReadOnlyList<Generation> generations,
        CancellationToken cancellationToken
    )
    {
        var answers = new Answer[generations.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = await ReadAsync(generations[i], cancellationToken).ConfigureAwait(false);
        }
        return answers;
    }

    private static async Task<Answer> ReadAsync(Generation generation, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var tokens = new List<GeneratedToken>();
        while (await generation.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            while (generation.TryRead(out var token))
            {
                text.Append(token.Text);
                tokens.Add(token);
            }
        }
        // The engine ends an answer by a token that says why, or throws.
        return new Answer(text.ToString(), tokens, tokens[^1].Finish!.Value, tokens[^1].Times!);
    }
}
