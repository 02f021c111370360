using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Tandem.Serving.OpenAi;

namespace Tandem.Serving.Batches;

/// <summary>Reads lines in OpenAI's batch format: <c>custom_id</c>, <c>method</c>, <c>url</c> and <c>body</c>.</summary>
internal static class BatchLineParser
{
    /// <summary>The longest line, in bytes.</summary>
    public const int LengthMax = 64 << 20;

    /// <summary>Reads a line; whatever is wrong with it becomes its error.</summary>
    /// <param name="line">Its bytes, at most <see cref="LengthMax"/>.</param>
    /// <param name="length">How many it has.</param>
    /// <param name="number">Its number in the file.</param>
    public static BatchLine Parse(ReadOnlyMemory<byte> line, long length, long number)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line.Span, hash);
        var read = new BatchLine { Number = number, Digest = BinaryPrimitives.ReadUInt64BigEndian(hash) };
        if (length > LengthMax)
        {
            return Refused(read, "line_too_long", $"found {length} bytes, expected at most {LengthMax}");
        }
        try
        {
            return Parse(JsonBody.Parse(line), read);
        }
        catch (ApiException error)
        {
            return Refused(read, "invalid_json", error.Message);
        }
    }

    private static BatchLine Parse(JsonElement root, BatchLine read)
    {
        if (Text(root, "custom_id") is not { Length: > 0 } customId)
        {
            return Refused(read, "invalid_custom_id", "custom_id: expected a string of at least one character");
        }
        read = read with { CustomId = customId };
        if (Text(root, "method") != "POST")
        {
            return Refused(read, "invalid_method", "method: expected POST");
        }
        if (Text(root, "url") is not { } url || !ApiEndpoints.Paths.Contains(url))
        {
            return Refused(read, "invalid_url", $"url: expected one of {string.Join(", ", ApiEndpoints.Paths)}");
        }
        return root.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object
            ? read with
            {
                Url = url,
                Body = body,
            }
            : Refused(read, "invalid_body", "body: expected an object");
    }

    private static string? Text(JsonElement root, string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static BatchLine Refused(BatchLine line, string code, string message) =>
        line with
        {
            Error = new BatchError(code, FormattableString.Invariant($"line {line.Number}: {message}")),
        };
}
