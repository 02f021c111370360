using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes the response to a <see cref="ChatRequest"/> that does not stream.</summary>
public static class ChatResponse
{
    /// <summary>The response's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answers">Its answers, in the order of its choices.</param>
    /// <param name="model">The model that made them.</param>
    /// <param name="call">The ids and the time.</param>
    public static byte[] Write(ChatRequest request, IReadOnlyList<Answer> answers, ServedModel model, ApiCall call) =>
        JsonBody.Write(json =>
        {
            json.WriteString("id", $"chatcmpl-{call.Id}");
            json.WriteString("object", "chat.completion");
            json.WriteNumber("created", call.Time.ToUnixTimeSeconds());
            json.WriteString("model", model.Id);
            json.WriteStartArray("choices");
            for (var i = 0; i < answers.Count; i++)
            {
                WriteChoice(json, i, request, answers[i], model);
            }
            json.WriteEndArray();
            Usage.Of([.. answers.Select(answer => answer.Times)], answers.Count).Write(json);
        });

    private static void WriteChoice(
        Utf8JsonWriter json,
        int index,
        ChatRequest request,
        Answer answer,
        ServedModel model
    )
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        var (thoughts, said) = new ReasoningSplitter(request.Reasoning).Push(answer.Text, isLast: true);
        json.WriteString("content", said);
        if (thoughts.Length > 0)
        {
            json.WriteString("reasoning_content", thoughts);
        }
        json.WriteNull("refusal");
        json.WriteEndObject();
        json.WritePropertyName("logprobs");
        if (request.Choices[index].Sampling!.TopLogProbabilities >= 0)
        {
            LogProbabilities.WriteChat(json, model.Tokenizer, answer.Tokens);
        }
        else
        {
            json.WriteNullValue();
        }
        json.WriteString("finish_reason", answer.FinishName);
        json.WriteEndObject();
    }
}
