using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>
/// Fields that this API, or the servers that extend it, know and that are not built here. To ignore one would answer another question
/// than was asked, so it is an error, unless its value asks for nothing.
/// </summary>
internal static class UnbuiltFields
{
    private static readonly string[] s_fields =
    [
        "audio",
        "chat_template",
        "continue_final_message",
        "documents",
        "grammar",
        "guided_choice",
        "guided_grammar",
        "guided_json",
        "guided_regex",
        "json_schema",
        "min_tokens",
        "prediction",
        "prompt_logprobs",
        "structured_outputs",
        "suffix",
        "use_beam_search",
        "web_search_options",
    ];

    /// <summary>Checks that a request asks for none of them.</summary>
    /// <exception cref="ApiException">It does.</exception>
    public static void Refuse(JsonFields body)
    {
        foreach (var field in s_fields)
        {
            if (body.Find(field) is { } value && AsksForSomething(value))
            {
                throw ApiException.Unbuilt(field);
            }
        }
        RefuseTools(body, "tools", "tool_choice");
        RefuseTools(body, "functions", "function_call");
        if (
            body.Find("response_format") is { } format
            && JsonFields.Of(format, "response_format").Text("type") != "text"
        )
        {
            throw ApiException.Unbuilt("response_format");
        }
        if (body.List("modalities", int.MaxValue).Any(modality => !IsText(modality, "text")))
        {
            throw ApiException.Unbuilt("modalities");
        }
    }

    // Tools that the model may not choose are as good as none.
    private static void RefuseTools(JsonFields body, string tools, string choice)
    {
        var chosen = body.Find(choice);
        if (chosen is { } none && IsText(none, "none"))
        {
            return;
        }
        if (body.List(tools, int.MaxValue).Count > 0)
        {
            throw ApiException.Unbuilt(tools);
        }
        if (chosen is { } other && !IsText(other, "auto"))
        {
            throw ApiException.Unbuilt(choice);
        }
    }

    private static bool AsksForSomething(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.False => false,
            JsonValueKind.String => value.GetString() != "",
            JsonValueKind.Number => !value.TryGetDouble(out var number) || number != 0,
            JsonValueKind.Array => value.GetArrayLength() > 0,
            _ => true,
        };

    private static bool IsText(JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);
}
