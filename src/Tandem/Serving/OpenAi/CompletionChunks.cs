using System.Text.Json;
using Tandem.Text;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes the pieces of a streamed response to a <see cref="CompletionRequest"/>.</summary>
public sealed class CompletionChunks : AnswerChunks
{
    private static readonly JsonEncodedText s_text = JsonEncodedText.Encode("text");

    private readonly CompletionRequest _request;
    private readonly ServedModel _model;

    // Where each choice's text is, for the offsets of log-probabilities.
    private readonly (TokenStream Text, int Offset)[] _places;

    // What was taken last.
    private int _choice;
    private GeneratedToken? _token;

    /// <summary>The pieces of a response of which none is written.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">The model that answers.</param>
    /// <param name="call">The ids and the time.</param>
    public CompletionChunks(CompletionRequest request, ServedModel model, ApiCall call)
        : base($"cmpl-{call.Id}", "text_completion", request.ChoicesAPrompt, request.StreamsUsage, model, call)
    {
        (_request, _model) = (request, model);
        _places =
        [
            .. request.Choices.Select(choice =>
                (new TokenStream(model.Tokenizer, request.Echoes.Count > 0 ? null : choice.Prompt[^1]), 0)
            ),
        ];
    }

    private bool HasLogProbabilities => _request.Choices[0].Sampling!.TopLogProbabilities >= 0;

    /// <inheritdoc/>
    public override bool HasBegin => _request.Echoes.Count > 0;

    /// <inheritdoc/>
    public override void WriteBegin(Utf8JsonWriter json, int choice)
    {
        WriteStart(json, choice);
        json.WriteString(s_text, _request.Echoes[choice / _request.ChoicesAPrompt]);
        WriteLogProbabilities(json, choice, LogProbabilities.First(_request.Choices[choice].Prompt[^1]));
        WriteEnd(json, null);
    }

    /// <inheritdoc/>
    public override bool Take(int choice, GeneratedToken token)
    {
        (_choice, _token) = (choice, token);
        return token.Text.Length > 0 || token.Finish is not null || HasLogProbabilities;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        WriteStart(json, _choice);
        json.WriteString(s_text, _token!.Text);
        WriteLogProbabilities(json, _choice, _token);
        WriteEnd(json, _token.Finish);
    }

    private void WriteLogProbabilities(Utf8JsonWriter json, int choice, GeneratedToken token)
    {
        if (!HasLogProbabilities)
        {
            WriteNoLogProbabilities(json);
            return;
        }
        ref var place = ref _places[choice];
        NameLogProbabilities(json);
        LogProbabilities.WriteCompletion(json, _model.Tokenizer, [token], place.Text, ref place.Offset);
    }
}
