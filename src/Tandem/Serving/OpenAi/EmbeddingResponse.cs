using System.Buffers.Binary;
using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes the response to an <see cref="EmbeddingRequest"/>.</summary>
public static class EmbeddingResponse
{
    /// <summary>The response's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="embeddings">The embedding of each of its texts.</param>
    /// <param name="model">The model that made them.</param>
    public static byte[] Write(EmbeddingRequest request, IReadOnlyList<float[]> embeddings, ServedModel model) =>
        JsonBody.Write(json =>
        {
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            for (var i = 0; i < embeddings.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("object", "embedding");
                json.WriteNumber("index", i);
                json.WritePropertyName("embedding");
                WriteVector(json, embeddings[i], request.IsBase64);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("model", model.Id);
            var tokens = request.Inputs.Sum(input => (long)input.Length);
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", tokens);
            json.WriteNumber("total_tokens", tokens);
            json.WriteEndObject();
        });

    private static void WriteVector(Utf8JsonWriter json, float[] embedding, bool isBase64)
    {
        if (isBase64)
        {
            var bytes = new byte[sizeof(float) * embedding.Length];
            for (var i = 0; i < embedding.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), embedding[i]);
            }
            json.WriteBase64StringValue(bytes);
            return;
        }
        json.WriteStartArray();
        foreach (var value in embedding)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }
}
