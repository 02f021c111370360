using System.Text.Json;

namespace Tandem.EndToEnd.Server;

/// <summary>Holds JSON against schemas: of JSON Schema what the schemas here use.</summary>
/// <param name="root">The document that the schemas stand in, from which references lead.</param>
/// <seealso href="https://json-schema.org/draft/2020-12"/>
internal sealed class JsonShape(JsonElement root)
{
    private static readonly HashSet<string> s_words =
    [
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "default",
        "description",
        "enum",
        "items",
        "maximum",
        "maxItems",
        "minimum",
        "properties",
        "required",
        "type",
    ];

    /// <summary>A schema of the document, by the path that leads to it.</summary>
    public JsonElement At(params string[] path) => path.Aggregate(root, (value, name) => value.GetProperty(name));

    /// <summary>What is wrong with a value, a line each; nothing where it fits.</summary>
    public IEnumerable<string> Misfits(JsonElement value, JsonElement schema, string path = "$")
    {
        foreach (var word in schema.EnumerateObject().Where(word => !s_words.Contains(word.Name)))
        {
            yield return $"{path}: the schema has {word.Name}, which is not understood here";
        }
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = At(reference.GetString()!["#/".Length..].Split('/'));
        }
        if (schema.TryGetProperty("anyOf", out var choices))
        {
            if (!choices.EnumerateArray().Any(choice => !Misfits(value, choice, path).Any()))
            {
                yield return $"{path}: {value.GetRawText()} fits none of {choices.GetRawText()}";
            }
            yield break;
        }
        if (!IsOfType(value, schema) || !IsOneOf(value, schema) || !IsWithin(value, schema))
        {
            yield return $"{path}: {value.GetRawText()} is not {schema.GetRawText()}";
            yield break;
        }
        foreach (var misfit in Parts(value, schema, path))
        {
            yield return misfit;
        }
    }

    private IEnumerable<string> Parts(JsonElement value, JsonElement schema, string path)
    {
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            return value.EnumerateArray().SelectMany((item, i) => Misfits(item, items, $"{path}[{i}]"));
        }
        return value.ValueKind == JsonValueKind.Object ? Fields(value, schema, path) : [];
    }

    private IEnumerable<string> Fields(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray().Select(name => name.GetString()!))
            {
                if (!value.TryGetProperty(name, out _))
                {
                    yield return $"{path}: there is no {name}";
                }
            }
        }
        var properties = schema.TryGetProperty("properties", out var known) ? known : default;
        var hasOthers = schema.TryGetProperty("additionalProperties", out var others);
        foreach (var field in value.EnumerateObject())
        {
            var inside = $"{path}.{field.Name}";
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(field.Name, out var own))
            {
                foreach (var misfit in Misfits(field.Value, own, inside))
                {
                    yield return misfit;
                }
            }
            else if (hasOthers && others.ValueKind == JsonValueKind.False)
            {
                yield return $"{inside} should not be there";
            }
            else if (hasOthers)
            {
                foreach (var misfit in Misfits(field.Value, others, inside))
                {
                    yield return misfit;
                }
            }
        }
    }

    private static bool IsOfType(JsonElement value, JsonElement schema) =>
        !schema.TryGetProperty("type", out var type)
        || (
            type.ValueKind == JsonValueKind.Array
                ? type.EnumerateArray().Any(one => Is(value, one.GetString()!))
                : Is(value, type.GetString()!)
        );

    private static bool Is(JsonElement value, string type) =>
        type switch
        {
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "array" => value.ValueKind == JsonValueKind.Array,
            "object" => value.ValueKind == JsonValueKind.Object,
            "null" => value.ValueKind == JsonValueKind.Null,
            _ => throw new ArgumentException($"the schema has the type {type}"),
        };

    private static bool IsOneOf(JsonElement value, JsonElement schema) =>
        value.ValueKind == JsonValueKind.Null
        || (
            (!schema.TryGetProperty("const", out var only) || JsonElement.DeepEquals(value, only))
            && (
                !schema.TryGetProperty("enum", out var some)
                || some.EnumerateArray().Any(one => JsonElement.DeepEquals(value, one))
            )
        );

    private static bool IsWithin(JsonElement value, JsonElement schema) =>
        value.ValueKind != JsonValueKind.Number
        || (
            (!schema.TryGetProperty("minimum", out var min) || value.GetDouble() >= min.GetDouble())
            && (!schema.TryGetProperty("maximum", out var max) || value.GetDouble() <= max.GetDouble())
        );
}
