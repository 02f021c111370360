using System.Globalization;
using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>
/// The fields of a JSON object, read by type: null and absent are the same, anything else than what is expected is an
/// <see cref="ApiException"/> that names the field.
/// </summary>
/// <param name="Root">The object.</param>
/// <param name="Path">Where it stands in the request, with a point behind it; empty for the request itself.</param>
internal readonly record struct JsonFields(JsonElement Root, string Path = "")
{
    /// <summary>The fields of what must be an object.</summary>
    /// <param name="value">The value.</param>
    /// <param name="name">What messages call it.</param>
    public static JsonFields Of(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object
            ? new JsonFields(value, name + ".")
            : throw ApiException.Invalid(name, ApiException.Describe(value), "an object");

    /// <summary>What messages call a field.</summary>
    public string Name(string field) => Path + field;

    /// <summary>A field's value, or null where there is none.</summary>
    public JsonElement? Find(string field) =>
        Root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A text.</summary>
    public string? Text(string field) =>
        Find(field) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } value => value.GetString(),
            { } value => throw Wrong(field, value, "a string"),
        };

    /// <summary>A truth value.</summary>
    public bool? Flag(string field) =>
        Find(field) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
            { } value => throw Wrong(field, value, "true or false"),
        };

    /// <summary>A whole number within bounds, however it is written: 16.0 and 1.6e1 are one, too.</summary>
    public long? Whole(string field, long min, long max) =>
        Find(field) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } value
                when value.TryGetDecimal(out var number)
                    && decimal.IsInteger(number)
                    && number >= min
                    && number <= max => (long)number,
            { } value => throw Wrong(
                field,
                value,
                string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}")
            ),
        };

    /// <summary>A number within bounds.</summary>
    public float? Number(string field, float min, float max) =>
        Find(field) is { } value ? Number(field, value, min, max) : null;

    /// <summary>The number that a field's value, or a part of it, must be.</summary>
    public float Number(string field, JsonElement value, float min, float max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max
            ? (float)number
            : throw Wrong(field, value, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"));

    /// <summary>A list of at most so many values; empty where there is none.</summary>
    public IReadOnlyList<JsonElement> List(string field, int max) =>
        Find(field) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } value when value.GetArrayLength() <= max => [.. value.EnumerateArray()],
            { ValueKind: JsonValueKind.Array } value => throw Invalid(
                field,
                $"{value.GetArrayLength()} values",
                $"at most {max}"
            ),
            { } value => throw Wrong(field, value, "a list"),
        };

    /// <summary>The error of a field that holds what it may not.</summary>
    public ApiException Wrong(string field, JsonElement found, string expected) =>
        Invalid(field, ApiException.Describe(found), expected);

    /// <summary>The error of a field that holds what it may not, in words.</summary>
    public ApiException Invalid(string field, string found, string expected) =>
        ApiException.Invalid(Name(field), found, expected);
}
