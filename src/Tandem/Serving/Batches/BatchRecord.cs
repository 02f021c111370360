using System.Text;
using System.Text.Json;
using Tandem.Serving.OpenAi;

namespace Tandem.Serving.Batches;

/// <summary>Writes the lines of a batch's output, in OpenAI's batch format.</summary>
internal static class BatchRecord
{
    private const int Ok = 200;

    /// <summary>How the result of a line begins, and that of no other line.</summary>
    public static byte[] Beginning(BatchLine line) => Encoding.UTF8.GetBytes($"{{\"id\":\"batch_req_{line.Id}\",");

    /// <summary>The result of a line that is no request, with a line feed behind it.</summary>
    public static BatchResult Of(BatchLine line, BatchError error) =>
        new(
            Write(
                line,
                json =>
                {
                    json.WriteNull("response");
                    json.WriteStartObject("error");
                    json.WriteString("code", error.Code);
                    json.WriteString("message", error.Message);
                    json.WriteNumber("line", line.Number);
                    json.WriteEndObject();
                }
            ),
            IsError: true
        );

    /// <summary>The result of a request, with a line feed behind it.</summary>
    public static BatchResult Of(BatchLine line, ApiResponse response) =>
        new(
            Write(
                line,
                json =>
                {
                    json.WriteStartObject("response");
                    json.WriteNumber("status_code", response.Status);
                    json.WriteString("request_id", $"req_{line.Id}");
                    json.WritePropertyName("body");
                    json.WriteRawValue(response.Body, skipInputValidation: true);
                    json.WriteEndObject();
                    json.WriteNull("error");
                }
            ),
            response.Status != Ok
        );

    private static byte[] Write(BatchLine line, Action<Utf8JsonWriter> rest) =>
        [
            .. JsonBody.Write(json =>
            {
                json.WriteString("id", $"batch_req_{line.Id}");
                json.WriteString("custom_id", line.CustomId);
                rest(json);
            }),
            (byte)'\n',
        ];
}
