using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes the pieces of a streamed response to a <see cref="ChatRequest"/>.</summary>
public sealed class ChatChunks : AnswerChunks
{
    private static readonly JsonEncodedText s_delta = JsonEncodedText.Encode("delta");
    private static readonly JsonEncodedText s_role = JsonEncodedText.Encode("role");
    private static readonly JsonEncodedText s_assistant = JsonEncodedText.Encode("assistant");
    private static readonly JsonEncodedText s_content = JsonEncodedText.Encode("content");
    private static readonly JsonEncodedText s_reasoning = JsonEncodedText.Encode("reasoning_content");

    private readonly ChatRequest _request;
    private readonly ServedModel _model;
    private readonly ReasoningSplitter[] _splitters;

    // What was taken last.
    private int _choice;
    private GeneratedToken? _token;
    private string _thoughts = "";
    private string _said = "";

    /// <summary>The pieces of a response of which none is written.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">The model that answers.</param>
    /// <param name="call">The ids and the time.</param>
    public ChatChunks(ChatRequest request, ServedModel model, ApiCall call)
        : base($"chatcmpl-{call.Id}", "chat.completion.chunk", request.Choices.Count, request.StreamsUsage, model, call)
    {
        (_request, _model) = (request, model);
        _splitters = [.. request.Choices.Select(_ => new ReasoningSplitter(request.Reasoning))];
    }

    private bool HasLogProbabilities => _request.Choices[_choice].Sampling!.TopLogProbabilities >= 0;

    /// <inheritdoc/>
    public override bool HasBegin => true;

    /// <inheritdoc/>
    public override void WriteBegin(Utf8JsonWriter json, int choice)
    {
        WriteStart(json, choice);
        json.WriteStartObject(s_delta);
        json.WriteString(s_role, s_assistant);
        json.WriteString(s_content, "");
        json.WriteEndObject();
        WriteNoLogProbabilities(json);
        WriteEnd(json, null);
    }

    /// <inheritdoc/>
    public override bool Take(int choice, GeneratedToken token)
    {
        (_choice, _token) = (choice, token);
        (_thoughts, _said) = _splitters[choice].Push(token.Text, token.Finish is not null);
        return _thoughts.Length > 0 || _said.Length > 0 || token.Finish is not null || HasLogProbabilities;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        WriteStart(json, _choice);
        json.WriteStartObject(s_delta);
        if (_thoughts.Length > 0)
        {
            json.WriteString(s_reasoning, _thoughts);
        }
        if (_said.Length > 0)
        {
            json.WriteString(s_content, _said);
        }
        json.WriteEndObject();
        if (HasLogProbabilities)
        {
            NameLogProbabilities(json);
            LogProbabilities.WriteChat(json, _model.Tokenizer, [_token!]);
        }
        else
        {
            WriteNoLogProbabilities(json);
        }
        WriteEnd(json, _token!.Finish);
    }
}
