using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>A request to <c>/v1/embeddings</c>, as the engine takes it.</summary>
/// <param name="Inputs">The token ids of each text.</param>
/// <param name="IsBase64">Whether embeddings are wanted as the base64 of their little-endian floats.</param>
public sealed record EmbeddingRequest(IReadOnlyList<int[]> Inputs, bool IsBase64)
{
    private const string Input = "input";

    /// <summary>Reads a body.</summary>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <param name="model">The model that is to answer.</param>
    /// <exception cref="ApiException">A field is wrong, or a text is too long.</exception>
    public static EmbeddingRequest Read(JsonElement body, ServedModel model)
    {
        var fields = new JsonFields(body);
        if (fields.Whole("dimensions", 1, int.MaxValue) is { } dimensions && dimensions != model.EmbeddingLength)
        {
            throw fields.Invalid("dimensions", $"{dimensions}", $"{model.EmbeddingLength}, which is the model's");
        }
        var isBase64 = fields.Text("encoding_format") switch
        {
            null or "float" => false,
            "base64" => true,
            var other => throw fields.Invalid("encoding_format", $"'{Text.Excerpt.Of(other)}'", "float or base64"),
        };
        var inputs = PromptReader.Read(
            fields,
            Input,
            model.Limits.EmbeddingsMax,
            text => model.Encode(Input, text, parseSpecial: false)
        );
        return new EmbeddingRequest(
            [.. inputs.Select(input => model.Checked(Input, input, generates: false))],
            isBase64
        );
    }
}
