using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>JSON objects in and out, as the bytes of a body.</summary>
public static class JsonBody
{
    /// <summary>Escapes no more than JSON needs: bodies are no HTML, and text stays readable.</summary>
    internal static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>How bodies are written.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = Encoder };

    // Of two fields of one name, readers disagree which one counts.
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>
    /// Reads an object. Its depth is bounded, every text in it is found to be Unicode, and no two fields of an object have one name,
    /// so that nothing can go wrong with it later.
    /// </summary>
    /// <param name="json">UTF-8.</param>
    /// <exception cref="ApiException">It is no JSON, or no object.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            CheckText(json.Span);
            using var document = JsonDocument.Parse(json, s_strict);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? root.Clone()
                : throw ApiException.Invalid(null, $"found {ApiException.Describe(root)}, expected a JSON object");
        }
        catch (JsonException error)
        {
            throw ApiException.Invalid(null, $"not JSON: {error.Message}");
        }
    }

    /// <summary>Writes an object.</summary>
    /// <param name="properties">Writes what is in it.</param>
    public static byte[] Write(Action<Utf8JsonWriter> properties)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void CheckText(ReadOnlySpan<byte> json)
    {
        if (!System.Text.Unicode.Utf8.IsValid(json))
        {
            throw ApiException.Invalid(null, "not JSON: it is no UTF-8");
        }
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
            {
                continue;
            }
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                // The only way to learn that escapes spell half a surrogate pair.
                throw ApiException.Invalid(
                    null,
                    $"the text at byte {reader.TokenStartIndex} is not Unicode: half a surrogate pair"
                );
            }
        }
    }
}
