using System.Globalization;
using System.Text.Json;

namespace Tandem.Text.Templates;

/// <summary>
/// A conversation in a file: one JSON object with <c>messages</c> and, where wanted, <c>tools</c>,
/// <c>add_generation_prompt</c>, <c>bos_token</c>, <c>eos_token</c>, <c>strftime_now</c> (the date that the template
/// sees, ISO 8601) and any other variable of the template's.
/// </summary>
/// <param name="Variables">What the template sees as data.</param>
/// <param name="Context">The tokens and the date, which are not data.</param>
public sealed record ConversationFile(IReadOnlyDictionary<string, object?> Variables, TemplateContext Context)
{
    private static readonly string[] ContextKeys = ["bos_token", "eos_token", "strftime_now"];

    /// <summary>Reads a conversation.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is no such file, or it does not hold a conversation.</exception>
    public static ConversationFile Read(string path)
    {
        var root = Parse(path);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"{path}: found {Describe(root)}, expected an object with 'messages'");
        }
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            var found =
                messages.ValueKind == JsonValueKind.Undefined ? "no 'messages'" : $"{Describe(messages)} as 'messages'";
            throw new InputException($"{path}: found {found}, expected a list of messages with 'role' and 'content'");
        }
        var variables = new Dictionary<string, object?>();
        foreach (var property in root.EnumerateObject())
        {
            if (!ContextKeys.Contains(property.Name))
            {
                variables[property.Name] = property.Value;
            }
        }
        var context = new TemplateContext
        {
            BosToken = Text(path, root, "bos_token"),
            EosToken = Text(path, root, "eos_token"),
            Now = Date(path, root),
        };
        return new ConversationFile(variables, context);
    }

    /// <summary>What a template in a file makes of a conversation in a file.</summary>
    /// <param name="templatePath">The file with the template.</param>
    /// <param name="inputPath">The file with the conversation.</param>
    /// <exception cref="InputException">A file is missing or not well formed, or the template fails.</exception>
    public static RenderedChat Render(string templatePath, string inputPath)
    {
        var template = ChatTemplate.Parse(ReadText(templatePath));
        var conversation = Read(inputPath);
        return template.Render(conversation.Variables, conversation.Context);
    }

    private static JsonElement Parse(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(ReadText(path));
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: not JSON, {error.Message}", error);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read, {error.Message}", error);
        }
    }

    private static string? Text(string path, JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new InputException($"{path}: found {Describe(value)} as '{key}', expected a string");
    }

    private static DateTime? Date(string path, JsonElement root)
    {
        if (Text(path, root, "strftime_now") is not { } text)
        {
            return null;
        }
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var date)
            ? date
            : throw new InputException($"{path}: found '{text}' as 'strftime_now', expected a date such as 2026-01-15");
    }

    private static string Describe(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.Null => "null",
            _ => "a truth value",
        };
}
