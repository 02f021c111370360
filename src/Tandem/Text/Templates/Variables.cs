using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Text.Templates;

/// <summary>Turns what a caller passes to a template into values, with all text in it marked as data.</summary>
internal sealed class Variables
{
    private const string Messages = "messages";
    private const string Role = "role";
    private readonly Budget _budget;

    private Variables(Budget budget) => _budget = budget;

    /// <summary>Adds variables to a scope.</summary>
    /// <exception cref="TemplateFault">A value is of a type that templates do not have, or nested too deep.</exception>
    public static void AddTo(Scope scope, Budget budget, IReadOnlyDictionary<string, object?> variables)
    {
        var converter = new Variables(budget);
        foreach (var (name, value) in variables)
        {
            var converted = converter.Convert(value);
            if (name == Messages)
            {
                TrustRoles(converted);
            }
            scope.Set(name, converted);
        }
    }

    /// <summary>About how many characters the variables have, by which the template's bounds grow.</summary>
    public static long CountChars(IReadOnlyDictionary<string, object?> variables) => CountChars(variables, 0);

    /// <summary>How many messages the variables have.</summary>
    public static long CountMessages(IReadOnlyDictionary<string, object?> variables) =>
        variables.GetValueOrDefault(Messages) switch
        {
            JsonElement { ValueKind: JsonValueKind.Array } element => element.GetArrayLength(),
            ICollection items => items.Count,
            JsonArray nodes => nodes.Count,
            _ => 0,
        };

    /// <summary>
    /// Lets the template's tokens be built with the roles of messages, as in <c>'&lt;|' + message.role + '|&gt;'</c>.
    /// A plain word cannot spell a control token by itself, and who may speak is the caller's to decide.
    /// </summary>
    private static void TrustRoles(Value messages)
    {
        foreach (var message in (messages as ListValue)?.List ?? [])
        {
            if (message is DictValue dict && dict.Find(Role) is StringValue role && role.Text.All(Characters.IsName))
            {
                dict.Set(StringValue.FromTemplate(Role), StringValue.FromTemplate(role.Text));
            }
        }
    }

    private static long CountChars(object? value, int depth) =>
        value switch
        {
            string text => text.Length,
            JsonElement element => element.ValueKind == JsonValueKind.Undefined ? 0 : element.GetRawText().Length,
            JsonNode node => node.ToJsonString().Length,
            // What is deeper is refused when it is converted.
            _ when depth > Budget.DepthMax => 0,
            IReadOnlyDictionary<string, object?> dict => dict.Sum(entry =>
                entry.Key.Length + CountChars(entry.Value, depth + 1)
            ),
            IEnumerable items => items.Cast<object?>().Sum(item => CountChars(item, depth + 1)),
            _ => 1,
        };

    private Value Convert(object? value)
    {
        _budget.Step();
        _budget.Enter();
        Value converted = value switch
        {
            null => NoneValue.Instance,
            bool truth => BoolValue.Of(truth),
            string text => StringValue.FromData(text),
            JsonElement element => ConvertJson(element),
            JsonNode node => ConvertNode(node),
            sbyte or byte or short or ushort or int or uint or long or ulong => IntValue.Of(
                _budget,
                BigInteger.Parse(
                    System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
                    CultureInfo.InvariantCulture
                )
            ),
            float or double or decimal => new FloatValue(System.Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            IReadOnlyDictionary<string, object?> dict => ConvertDict(dict),
            IEnumerable items => ListValue.Of(_budget, [.. items.Cast<object?>().Select(Convert)]),
            _ => throw new TemplateFault($"a variable holds a {value.GetType().Name}, expected what JSON can hold"),
        };
        _budget.Leave();
        return converted;
    }

    private DictValue ConvertDict(IReadOnlyDictionary<string, object?> source)
    {
        var dict = new DictValue(_budget);
        foreach (var (name, value) in source)
        {
            dict.Set(StringValue.FromData(name), Convert(value));
        }
        return dict;
    }

    private Value ConvertNode(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return Convert(document.RootElement);
    }

    private Value ConvertJson(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return BoolValue.Of(element.GetBoolean());
            case JsonValueKind.String:
                return StringValue.FromData(ReadString(element));
            case JsonValueKind.Number:
                return ConvertNumber(element.GetRawText());
            case JsonValueKind.Array:
                return ListValue.Of(_budget, [.. element.EnumerateArray().Select(item => Convert(item))]);
            case JsonValueKind.Object:
                var dict = new DictValue(_budget);
                foreach (var property in element.EnumerateObject())
                {
                    dict.Set(StringValue.FromData(property.Name), Convert(property.Value));
                }
                return dict;
            default:
                return NoneValue.Instance;
        }
    }

    /// <summary>A number as Python reads it: with a point or an exponent it is a float, else an integer.</summary>
    private Value ConvertNumber(string text)
    {
        if (text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return new FloatValue(double.Parse(text, CultureInfo.InvariantCulture));
        }
        return Numbers.ParseInteger(text, 10) is { } number
            ? IntValue.Of(_budget, number)
            : throw new TemplateFault($"an integer has {text.Length} digits");
    }

    private static string ReadString(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            // The only way to learn that escapes spell half a surrogate pair.
            throw new InputException($"a string in the conversation is no Unicode text: {error.Message}", error);
        }
    }
}
