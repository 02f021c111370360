using System.Text.Json;
using Tandem.Text;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes the response to a <see cref="CompletionRequest"/> that does not stream.</summary>
public static class CompletionResponse
{
    /// <summary>The response's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answers">Its answers, in the order of its choices.</param>
    /// <param name="model">The model that made them.</param>
    /// <param name="call">The ids and the time.</param>
    public static byte[] Write(
        CompletionRequest request,
        IReadOnlyList<Answer> answers,
        ServedModel model,
        ApiCall call
    ) =>
        JsonBody.Write(json =>
        {
            json.WriteString("id", $"cmpl-{call.Id}");
            json.WriteString("object", "text_completion");
            json.WriteNumber("created", call.Time.ToUnixTimeSeconds());
            json.WriteString("model", model.Id);
            json.WriteStartArray("choices");
            for (var i = 0; i < answers.Count; i++)
            {
                var echo = request.Echoes.Count > 0 ? request.Echoes[i / request.ChoicesAPrompt] : null;
                WriteChoice(json, i, echo, request.Choices[i], answers[i], model.Tokenizer);
            }
            json.WriteEndArray();
            Usage.Of([.. answers.Select(answer => answer.Times)], request.ChoicesAPrompt).Write(json);
        });

    private static void WriteChoice(
        Utf8JsonWriter json,
        int index,
        string? echo,
        GenerationRequest request,
        Answer answer,
        Tokenizer tokenizer
    )
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteString("text", echo + answer.Text);
        json.WritePropertyName("logprobs");
        if (request.Sampling!.TopLogProbabilities >= 0)
        {
            var (offset, first) = (0, request.Prompt[^1]);
            var stream = new TokenStream(tokenizer, echo is null ? first : null);
            IReadOnlyList<GeneratedToken> tokens = echo is null
                ? answer.Tokens
                : [LogProbabilities.First(first), .. answer.Tokens];
            LogProbabilities.WriteCompletion(json, tokenizer, tokens, stream, ref offset);
        }
        else
        {
            json.WriteNullValue();
        }
        json.WriteString("finish_reason", answer.FinishName);
        json.WriteEndObject();
    }
}
