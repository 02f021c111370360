namespace Tandem.Serving.OpenAi;

/// <summary>Writes the response to a <see cref="TokenizeRequest"/>: vLLM's and llama-server's in one.</summary>
public static class TokenizeResponse
{
    /// <summary>The response's body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">The model whose tokens they are.</param>
    public static byte[] Write(TokenizeRequest request, ServedModel model) =>
        JsonBody.Write(json =>
        {
            json.WriteNumber("count", request.Tokens.Count);
            json.WriteNumber("max_model_len", model.Context);
            json.WriteStartArray("tokens");
            foreach (var token in request.Tokens)
            {
                if (!request.WithPieces)
                {
                    json.WriteNumberValue(token);
                    continue;
                }
                json.WriteStartObject();
                json.WriteNumber("id", token);
                json.WriteString("piece", model.Tokenizer.PieceText(token));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (request.WithTexts)
            {
                json.WriteStartArray("token_strs");
                foreach (var token in request.Tokens)
                {
                    json.WriteStringValue(model.Tokenizer.PieceText(token));
                }
                json.WriteEndArray();
            }
        });
}
