namespace Tandem.Serving.OpenAi;

/// <summary>An error as OpenAI's API tells it.</summary>
/// <param name="Status">What HTTP calls it.</param>
/// <param name="Message">One line: what was found and what was expected.</param>
/// <param name="Param">The field of the request that is wrong, such as <c>messages[0].content</c>; null for the whole.</param>
/// <param name="Code">A word that programs may look for, or null.</param>
public sealed record ApiError(int Status, string Message, string? Param = null, string? Code = null)
{
    /// <summary>One line: what was found and what was expected.</summary>
    public string Message { get; } = InputException.OnOneLine(Message);

    /// <summary>Whose mistake it is, in the API's words.</summary>
    public string Type =>
        Status switch
        {
            429 => "rate_limit_error",
            < 500 => "invalid_request_error",
            _ => "server_error",
        };

    /// <summary>The body of a response that tells it.</summary>
    public byte[] ToBody() =>
        JsonBody.Write(json =>
        {
            json.WriteStartObject("error");
            json.WriteString("message", Message);
            json.WriteString("type", Type);
            json.WriteString("param", Param);
            json.WriteString("code", Code);
            json.WriteEndObject();
        });
}
