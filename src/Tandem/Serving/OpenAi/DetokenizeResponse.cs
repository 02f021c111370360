namespace Tandem.Serving.OpenAi;

/// <summary>Writes the response to a request for the text of token ids: vLLM's and llama-server's in one.</summary>
public static class DetokenizeResponse
{
    /// <summary>The response's body.</summary>
    /// <param name="tokens">The ids.</param>
    /// <param name="model">The model whose tokens they are.</param>
    public static byte[] Write(int[] tokens, ServedModel model) =>
        JsonBody.Write(json =>
        {
            var text = model.Tokenizer.Decode(tokens, special: true);
            json.WriteString("prompt", text);
            json.WriteString("content", text);
        });
}
