using System.Globalization;
using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>A request that cannot be served as it is; whoever asked is to be told, and nobody else is concerned.</summary>
/// <param name="error">What is wrong with it.</param>
public sealed class ApiException(ApiError error) : Exception(error.Message)
{
    private const int BadRequest = 400;

    /// <summary>What is wrong with it.</summary>
    public ApiError Error => error;

    /// <summary>A field that holds something else than it may.</summary>
    /// <param name="param">The field.</param>
    /// <param name="found">What it holds.</param>
    /// <param name="expected">What it may hold.</param>
    internal static ApiException Invalid(string param, string found, string expected) =>
        Invalid(param, $"{param}: found {found}, expected {expected}");

    /// <summary>A field that holds something else than it may.</summary>
    /// <param name="param">The field, or null for the whole request.</param>
    /// <param name="message">What was found and what was expected.</param>
    internal static ApiException Invalid(string? param, string message) =>
        new(new ApiError(BadRequest, message, param, "invalid_value"));

    /// <summary>A field of the API's that is known here and not built.</summary>
    /// <param name="param">The field.</param>
    internal static ApiException Unbuilt(string param) =>
        new(new ApiError(BadRequest, $"{param} is not supported; leave it out", param, "unsupported_parameter"));

    /// <summary>A prompt that the model has no room for.</summary>
    /// <param name="param">The field that it came from.</param>
    /// <param name="tokens">Its length.</param>
    /// <param name="room">What there is room for.</param>
    internal static ApiException TooLong(string param, int tokens, int room) =>
        new(
            new ApiError(
                BadRequest,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{param} has {tokens} tokens, the context has room for {room}; shorten it"
                ),
                param,
                "context_length_exceeded"
            )
        );

    /// <summary>What messages call a JSON value; numbers and short words are quoted as they stand.</summary>
    internal static string Describe(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => $"'{Text.Excerpt.Of(value.GetString()!)}'",
            JsonValueKind.Undefined => "nothing",
            _ => Text.Excerpt.Of(value.GetRawText()),
        };
}
