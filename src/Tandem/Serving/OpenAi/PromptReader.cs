using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>Reads a field that holds a text, token ids, or a list of either.</summary>
internal static class PromptReader
{
    /// <summary>The token ids of each prompt.</summary>
    /// <param name="body">The request.</param>
    /// <param name="field">The field.</param>
    /// <param name="max">The most prompts.</param>
    /// <param name="encode">Makes a text token ids.</param>
    /// <exception cref="ApiException">It holds something else, or nothing.</exception>
    public static IReadOnlyList<int[]> Read(JsonFields body, string field, int max, Func<string, int[]> encode)
    {
        const string Expected = "a string, token ids, or a list of either";
        if (body.Find(field) is not { } value)
        {
            throw body.Invalid(field, "nothing", Expected);
        }
        if (value.ValueKind == JsonValueKind.String)
        {
            return [encode(value.GetString()!)];
        }
        var items = body.List(field, int.MaxValue);
        if (items is [{ ValueKind: JsonValueKind.Number }, ..])
        {
            return [Ids(body, field, items)];
        }
        if (items.Count is 0 || items.Count > max)
        {
            throw body.Invalid(field, $"{items.Count} prompts", $"1 to {max}");
        }
        return
        [
            .. items.Select(item =>
                item.ValueKind switch
                {
                    JsonValueKind.String => encode(item.GetString()!),
                    JsonValueKind.Array => Ids(body, field, [.. item.EnumerateArray()]),
                    _ => throw body.Wrong(field, item, Expected),
                }
            ),
        ];
    }

    private static int[] Ids(JsonFields body, string field, IReadOnlyList<JsonElement> items) =>
        [
            .. items.Select(item =>
                item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id)
                    ? id
                    : throw body.Wrong(field, item, "token ids")
            ),
        ];
}
