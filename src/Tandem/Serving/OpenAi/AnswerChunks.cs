using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>
/// Writes the pieces of a streamed response, each a JSON object. Choices may take turns; one thread at a time calls it.
/// </summary>
public abstract class AnswerChunks
{
    private static readonly JsonEncodedText s_id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText s_object = JsonEncodedText.Encode("object");
    private static readonly JsonEncodedText s_created = JsonEncodedText.Encode("created");
    private static readonly JsonEncodedText s_model = JsonEncodedText.Encode("model");
    private static readonly JsonEncodedText s_choices = JsonEncodedText.Encode("choices");
    private static readonly JsonEncodedText s_index = JsonEncodedText.Encode("index");
    private static readonly JsonEncodedText s_finishReason = JsonEncodedText.Encode("finish_reason");
    private static readonly JsonEncodedText s_usage = JsonEncodedText.Encode("usage");
    private static readonly JsonEncodedText s_logprobs = JsonEncodedText.Encode("logprobs");
    private static readonly JsonEncodedText s_stop = JsonEncodedText.Encode("stop");
    private static readonly JsonEncodedText s_length = JsonEncodedText.Encode("length");

    // What stands in every piece is escaped once.
    private readonly JsonEncodedText _idText;
    private readonly JsonEncodedText _kindText;
    private readonly JsonEncodedText _modelText;
    private readonly long _created;
    private readonly int _choicesAPrompt;

    private protected AnswerChunks(
        string id,
        string kind,
        int choicesAPrompt,
        bool sendsUsage,
        ServedModel model,
        ApiCall call
    )
    {
        _idText = JsonEncodedText.Encode(id);
        _kindText = JsonEncodedText.Encode(kind);
        _modelText = JsonEncodedText.Encode(model.Id, JsonBody.Encoder);
        _created = call.Time.ToUnixTimeSeconds();
        (_choicesAPrompt, SendsUsage) = (choicesAPrompt, sendsUsage);
    }

    /// <summary>Whether a piece with the numbers of tokens ends the stream.</summary>
    public bool SendsUsage { get; }

    /// <summary>Whether a piece comes before a choice's first token.</summary>
    public abstract bool HasBegin { get; }

    /// <summary>Writes the piece that comes before a choice's first token.</summary>
    public abstract void WriteBegin(Utf8JsonWriter json, int choice);

    /// <summary>Takes a choice's next token; whether it brings a piece, which <see cref="Write"/> then writes.</summary>
    public abstract bool Take(int choice, GeneratedToken token);

    /// <summary>Writes the piece that the token taken last brings.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>Writes the numbers of tokens, in a piece without choices.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="times">The numbers of all answers, in the order of choices.</param>
    public void WriteUsage(Utf8JsonWriter json, IReadOnlyList<GenerationTimes> times)
    {
        WriteStart(json);
        json.WriteEndArray();
        Usage.Of(times, _choicesAPrompt).Write(json);
        json.WriteEndObject();
    }

    /// <summary>Begins a piece, up to what is the choice's own.</summary>
    private protected void WriteStart(Utf8JsonWriter json, int choice)
    {
        WriteStart(json);
        json.WriteStartObject();
        json.WriteNumber(s_index, choice);
    }

    /// <summary>Ends a piece, after what is the choice's own.</summary>
    private protected void WriteEnd(Utf8JsonWriter json, FinishReason? finish)
    {
        if (finish is { } reason)
        {
            json.WriteString(s_finishReason, reason == FinishReason.Stop ? s_stop : s_length);
        }
        else
        {
            json.WriteNull(s_finishReason);
        }
        json.WriteEndObject();
        json.WriteEndArray();
        if (SendsUsage)
        {
            json.WriteNull(s_usage);
        }
        json.WriteEndObject();
    }

    /// <summary>Says that there are no log-probabilities.</summary>
    private protected static void WriteNoLogProbabilities(Utf8JsonWriter json) => json.WriteNull(s_logprobs);

    /// <summary>Names the property of log-probabilities, whose value follows.</summary>
    private protected static void NameLogProbabilities(Utf8JsonWriter json) => json.WritePropertyName(s_logprobs);

    private void WriteStart(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString(s_id, _idText);
        json.WriteString(s_object, _kindText);
        json.WriteNumber(s_created, _created);
        json.WriteString(s_model, _modelText);
        json.WriteStartArray(s_choices);
    }
}
