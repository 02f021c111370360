using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes what <c>/v1/models</c> says of the model that is served.</summary>
public static class ModelResponse
{
    /// <summary>A list with the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="since">Since when it is served.</param>
    public static byte[] WriteList(ServedModel model, DateTimeOffset since) =>
        JsonBody.Write(json =>
        {
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            json.WriteStartObject();
            WriteFields(json, model, since);
            json.WriteEndObject();
            json.WriteEndArray();
        });

    /// <summary>The model alone.</summary>
    /// <param name="model">The model.</param>
    /// <param name="since">Since when it is served.</param>
    public static byte[] Write(ServedModel model, DateTimeOffset since) =>
        JsonBody.Write(json => WriteFields(json, model, since));

    private static void WriteFields(Utf8JsonWriter json, ServedModel model, DateTimeOffset since)
    {
        json.WriteString("id", model.Id);
        json.WriteString("object", "model");
        json.WriteNumber("created", since.ToUnixTimeSeconds());
        json.WriteString("owned_by", "tandem");
        // vLLM's name for the context.
        json.WriteNumber("max_model_len", model.Context);
    }
}
