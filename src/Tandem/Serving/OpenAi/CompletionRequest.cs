using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>A request to <c>/v1/completions</c>, as the engine takes it.</summary>
/// <param name="Choices">One request for each answer: all of the first prompt, then all of the second, and so on.</param>
/// <param name="ChoicesAPrompt">How many answers each prompt gets.</param>
/// <param name="Echoes">
/// The text that the answers to each prompt are to begin with, before that of their tokens: the prompt's, or its first token's where the
/// others come as tokens with log-probabilities. Empty where answers begin with none.
/// </param>
/// <param name="Streams">Whether the answer is wanted piece by piece.</param>
/// <param name="StreamsUsage">Whether a streamed answer ends with the numbers of its tokens.</param>
public sealed record CompletionRequest(
    IReadOnlyList<GenerationRequest> Choices,
    int ChoicesAPrompt,
    IReadOnlyList<string> Echoes,
    bool Streams,
    bool StreamsUsage
)
{
    private const string Prompt = "prompt";

    // OpenAI's.
    private const int MaxTokensDefault = 16;

    /// <summary>Reads a body. In a prompt that is a text, the text of a control token means the token.</summary>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <param name="model">The model that is to answer.</param>
    /// <param name="call">What else counts.</param>
    /// <exception cref="ApiException">A field is wrong or not built, or a prompt is too long.</exception>
    public static CompletionRequest Read(JsonElement body, ServedModel model, ApiCall call)
    {
        var fields = new JsonFields(body);
        var top = (int)(fields.Whole("logprobs", 0, model.Limits.TopLogProbabilitiesMax) ?? -1);
        var echoes = fields.Flag("echo") ?? false;
        var isMeasured = echoes && top >= 0;
        var maxTokens = GenerationReader.TokensMax(fields, "max_tokens", isMeasured ? 0 : 1) ?? MaxTokensDefault;
        var request = GenerationReader.Read(fields, model, call.Seed, maxTokens, top);
        var count = GenerationReader.ChoicesAPrompt(fields, model.Limits);
        var prompts = PromptReader.Read(
            fields,
            Prompt,
            model.Limits.PromptsMax,
            text => model.Encode(Prompt, text, parseSpecial: true)
        );
        var choices = GenerationReader.Choices(
            request,
            prompts.Select(prompt => model.Checked(Prompt, prompt, generates: maxTokens > 0)),
            count
        );
        return new CompletionRequest(
            isMeasured ? [.. choices.Select(Measured)] : choices,
            count,
            echoes ? [.. prompts.Select(prompt => model.Tokenizer.Decode(isMeasured ? prompt[..1] : prompt))] : [],
            GenerationReader.Streams(fields),
            GenerationReader.StreamsUsage(fields)
        );
    }

    // All tokens but the first, which nothing comes before, have log-probabilities; a prompt of it alone has none to tell.
    private static GenerationRequest Measured(GenerationRequest choice) =>
        choice.Prompt.Count == 1 && choice.MaxTokens == 0
            ? throw ApiException.Invalid("max_tokens", "0 for a prompt of one token", "1 or more")
            : choice with
            {
                Prompt = [choice.Prompt[0]],
                Echo = [.. choice.Prompt.Skip(1)],
            };
}
