using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>How many tokens a response took.</summary>
/// <param name="Prompt">Tokens of the prompts, each counted once however many answers it got.</param>
/// <param name="Cached">Those of them that came from the prefix cache.</param>
/// <param name="Generated">Tokens of all answers, those that end them included.</param>
public sealed record Usage(int Prompt, int Cached, int Generated)
{
    /// <summary>What some answers took.</summary>
    /// <param name="answers">The numbers of all answers to a prompt, then of all to the next.</param>
    /// <param name="answersAPrompt">How many answers each prompt has.</param>
    public static Usage Of(IReadOnlyList<GenerationTimes> answers, int answersAPrompt)
    {
        var first = answers.Where((_, i) => i % answersAPrompt == 0).ToArray();
        return new Usage(
            first.Sum(answer => answer.PromptTokens),
            first.Sum(answer => answer.CachedTokens),
            answers.Sum(answer => answer.GeneratedTokens)
        );
    }

    /// <summary>Writes it as a property.</summary>
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", Prompt);
        json.WriteNumber("completion_tokens", Generated);
        json.WriteNumber("total_tokens", (long)Prompt + Generated);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", Cached);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
