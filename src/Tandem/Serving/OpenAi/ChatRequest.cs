using System.Text.Json;
using Tandem.Text.Templates;

namespace Tandem.Serving.OpenAi;

/// <summary>A request to <c>/v1/chat/completions</c>, as the engine takes it.</summary>
/// <param name="Choices">One request for each answer; all have the same prompt.</param>
/// <param name="Streams">Whether the answer is wanted piece by piece.</param>
/// <param name="StreamsUsage">Whether a streamed answer ends with the numbers of its tokens.</param>
public sealed record ChatRequest(IReadOnlyList<GenerationRequest> Choices, bool Streams, bool StreamsUsage)
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
            fields.Whole("max_completion_tokens", 1, int.MaxValue) ?? fields.Whole("max_tokens", 1, int.MaxValue);
        var request = GenerationReader.Read(
            fields,
            model,
            call.Seed,
            (int)(maxTokens ?? int.MaxValue),
            TopLogProbabilities(fields)
        );
        var prompt = model.Checked(Messages, Encode(fields, model, call.Time), generates: true);
        return new ChatRequest(
            GenerationReader.Choices(request, [prompt], GenerationReader.ChoicesAPrompt(fields)),
            GenerationReader.Streams(fields),
            GenerationReader.StreamsUsage(fields)
        );
    }

    private static int TopLogProbabilities(JsonFields fields)
    {
        var isWanted = fields.Flag("logprobs") ?? false;
        var top = fields.Whole("top_logprobs", 0, RequestLimits.TopLogProbabilitiesMax);
        if (top is not null && !isWanted)
        {
            throw fields.Invalid("top_logprobs", "it without logprobs", "logprobs to be true");
        }
        return isWanted ? (int)(top ?? 0) : -1;
    }

    private static int[] Encode(JsonFields fields, ServedModel model, DateTimeOffset time)
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
            return ChatEncoder.Encode(model.Tokenizer, template.Render(variables, context), parseSpecial: false);
        }
        catch (InputException error)
        {
            throw ApiException.Invalid(Messages, $"{Messages}: {error.Message}");
        }
    }

    private static string? Piece(ServedModel model, int? id) =>
        id is { } known ? model.Tokenizer.PieceText(known) : null;
}
