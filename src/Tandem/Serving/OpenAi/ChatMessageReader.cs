using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Serving.OpenAi;

/// <summary>Reads the messages of a conversation into what chat templates see.</summary>
internal static class ChatMessageReader
{
    private const string Messages = "messages";

    /// <summary>The messages, each as a template sees it.</summary>
    /// <exception cref="ApiException">They are none, or hold what is not built.</exception>
    public static List<Dictionary<string, object?>> Read(JsonFields body)
    {
        var messages = body.List(Messages, int.MaxValue);
        return messages.Count > 0
            ? [.. messages.Select((message, i) => ReadOne(JsonFields.Of(message, $"{Messages}[{i}]")))]
            : throw body.Invalid(Messages, "no messages", "at least one");
    }

    private static Dictionary<string, object?> ReadOne(JsonFields message)
    {
        var role = message.Text("role");
        if (message.Find("audio") is not null || message.Find("function_call") is not null)
        {
            throw ApiException.Unbuilt(message.Name(message.Find("audio") is null ? "function_call" : "audio"));
        }
        var seen = new Dictionary<string, object?>
        {
            ["role"] = role switch
            {
                // OpenAI's newer name of the same thing, which templates do not know.
                "developer" => "system",
                "system" or "user" or "assistant" or "tool" => role,
                null => throw message.Invalid("role", "none", "system, developer, user, assistant or tool"),
                _ => throw message.Invalid(
                    "role",
                    $"'{Text.Excerpt.Of(role)}'",
                    "system, developer, user, assistant or tool"
                ),
            },
            ["content"] = Content(message),
        };
        foreach (var field in (string[])["name", "tool_call_id"])
        {
            if (message.Text(field) is { } text)
            {
                seen[field] = text;
            }
        }
        var calls = message.List("tool_calls", int.MaxValue);
        if (calls.Count > 0)
        {
            seen["tool_calls"] = new JsonArray([
                .. calls.Select((call, i) => ToolCall(call, message.Name($"tool_calls[{i}]"))),
            ]);
        }
        return seen;
    }

    private static string Content(JsonFields message)
    {
        const string Field = "content";
        if (message.Find(Field) is not { ValueKind: JsonValueKind.Array } parts)
        {
            return message.Text(Field) ?? "";
        }
        return string.Join(
            '\n',
            parts.EnumerateArray().Select((part, i) => Part(JsonFields.Of(part, message.Name($"{Field}[{i}]"))))
        );
    }

    private static string Part(JsonFields part)
    {
        var type = part.Text("type");
        if (type is null)
        {
            throw part.Invalid("type", "none", "text");
        }
        if (type is not "text")
        {
            throw new ApiException(
                new ApiError(
                    400,
                    $"{part.Name("type")}: '{Text.Excerpt.Of(type)}' is not supported, expected text",
                    part.Name("type"),
                    "unsupported_parameter"
                )
            );
        }
        return part.Text("text") ?? throw part.Invalid("text", "nothing", "a string");
    }

    // The API has arguments as text, and templates as the object that the text spells.
    private static JsonObject ToolCall(JsonElement value, string name)
    {
        var call = JsonObject.Create(JsonFields.Of(value, name).Root)!;
        if (JsonFields.Of(value, name).Find("function") is not { } found)
        {
            throw ApiException.Invalid($"{name}.function", "nothing", "an object");
        }
        var fields = JsonFields.Of(found, $"{name}.function");
        if (fields.Find("arguments") is { ValueKind: JsonValueKind.String } arguments)
        {
            var text = arguments.GetString()!;
            call["function"]!["arguments"] = text.Length == 0 ? new JsonObject() : Arguments(text, fields);
        }
        return call;
    }

    private static JsonObject Arguments(string text, JsonFields function)
    {
        try
        {
            return JsonObject.Create(JsonBody.Parse(System.Text.Encoding.UTF8.GetBytes(text)))!;
        }
        catch (ApiException error)
        {
            throw ApiException.Invalid(function.Name("arguments"), $"{function.Name("arguments")}: {error.Message}");
        }
    }
}
