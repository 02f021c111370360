using System.Text.Json;
using Tandem.Text.Templates;

namespace Tandem.Serving.OpenAi;

/// <summary>A request to <c>/v1/chat/completions</c>, as the engine takes it.</summary>
/// <param name="Choices">One request for each answer; all have the same prompt.</param>
/// <param name="Streams">Whether the answer is wanted piece by piece.</param>
/// <param name="StreamsUsage">Whether a streamed answer ends with the numbers of its tokens.</param>
/// <param name="Reasoning">Whether its answers hold thoughts.</param>
public sealed record ChatRequest(
    IReadOnlyList<GenerationRequest> Choices,
    bool Streams,
    bool StreamsUsage,
    Reasoning Reasoning
)
{
    private const string Messages = "messages";

    /// <summary>Reads a body.</summary>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <param name="model">The model that is to answer.</param>
    /// <param name="call">What else counts.</param>
    /// <exception cref="ApiException">A field is wrong or not built, or the conversation is too long.</exception>
    public static ChatRequest Read(JsonElement body, ServedModel model, ApiCall call)
    {
        var fields = new JsonFields(body);
        // The second name is the older one.
        var maxTokens =
            GenerationReader.TokensMax(fields, "max_completion_tokens")
            ?? GenerationReader.TokensMax(fields, "max_tokens");
        var request = GenerationReader.Read(
            fields,
            model,
            call.Seed,
            maxTokens ?? int.MaxValue,
            TopLogProbabilities(fields, model.Limits)
        );
        var (ids, reasoning) = Encode(fields, model, call.Time);
        var prompt = model.Checked(Messages, ids, generates: true);
        return new ChatRequest(
            GenerationReader.Choices(request, [prompt], GenerationReader.ChoicesAPrompt(fields, model.Limits)),
            GenerationReader.Streams(fields),
            GenerationReader.StreamsUsage(fields),
            reasoning
        );
    }

    private static int TopLogProbabilities(JsonFields fields, RequestLimits limits)
    {
        var isWanted = fields.Flag("logprobs") ?? false;
        var top = fields.Whole("top_logprobs", 0, limits.TopLogProbabilitiesMax);
        if (top is not null && !isWanted)
        {
            throw fields.Invalid("top_logprobs", "it without logprobs", "logprobs to be true");
        }
        return isWanted ? (int)(top ?? 0) : -1;
    }

    /// <summary>The token ids of a conversation.</summary>
    /// <param name="body">A JSON object with <c>messages</c>, and perhaps <c>chat_template_kwargs</c>.</param>
    /// <param name="model">The model that is to answer.</param>
    /// <param name="time">When the request came.</param>
    /// <exception cref="ApiException">The messages are wrong, or the model has no chat template.</exception>
    public static int[] EncodeMessages(JsonElement body, ServedModel model, DateTimeOffset time) =>
        Encode(new JsonFields(body), model, time).Ids;

    private static (int[] Ids, Reasoning Reasoning) Encode(JsonFields fields, ServedModel model, DateTimeOffset time)
    {
        if (model.Template is not { } template)
        {
            throw ApiException.Invalid(Messages, "the model has no chat template; ask /v1/completions");
        }
        var variables = new Dictionary<string, object?>();
        if (fields.Find("chat_template_kwargs") is { } extra)
        {
            foreach (var property in JsonFields.Of(extra, "chat_template_kwargs").Root.EnumerateObject())
            {
                variables[property.Name] = property.Value;
            }
        }
        variables[Messages] = ChatMessageReader.Read(fields);
        variables["add_generation_prompt"] = true;
        var context = new TemplateContext
        {
            BosToken = Piece(model, model.Tokenizer.Bos),
            EosToken = Piece(model, model.Tokenizer.Eos),
            Now = time.DateTime,
        };
        try
        {
            var chat = template.Render(variables, context);
            return (ChatEncoder.Encode(model.Tokenizer, chat, parseSpecial: false), ReasoningOf(template, chat));
        }
        catch (InputException error)
        {
            throw ApiException.Invalid(Messages, $"{Messages}: {error.Message}");
        }
    }

    private static Reasoning ReasoningOf(ChatTemplate template, RenderedChat chat) =>
        !template.Mentions(ReasoningSplitter.End) ? Reasoning.None
        : chat.Text.AsSpan().TrimEnd().EndsWith(ReasoningSplitter.Begin) ? Reasoning.Begun
        : Reasoning.Possible;

    private static string? Piece(ServedModel model, int? id) =>
        id is { } known ? model.Tokenizer.PieceText(known) : null;
}
