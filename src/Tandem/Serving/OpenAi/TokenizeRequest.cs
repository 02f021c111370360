using System.Text.Json;

namespace Tandem.Serving.OpenAi;

/// <summary>
/// A request to <c>/tokenize</c>: a text as vLLM calls it (<c>prompt</c>) or as llama-server does (<c>content</c>), or <c>messages</c>.
/// </summary>
/// <param name="Tokens">The text's token ids.</param>
/// <param name="WithPieces">Whether each token's text is to stand beside its id, as llama-server has it.</param>
/// <param name="WithTexts">Whether a list of the tokens' texts is wanted, as vLLM has it.</param>
public sealed record TokenizeRequest(IReadOnlyList<int> Tokens, bool WithPieces, bool WithTexts)
{
    /// <summary>Reads a body.</summary>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <param name="model">The model whose tokens are asked for.</param>
    /// <param name="time">When the request came.</param>
    /// <exception cref="ApiException">A field is wrong, or no text is there.</exception>
    public static TokenizeRequest Read(JsonElement body, ServedModel model, DateTimeOffset time)
    {
        var fields = new JsonFields(body);
        var withPieces = fields.Flag("with_pieces") ?? false;
        var withTexts = fields.Flag("return_token_strs") ?? false;
        if (fields.Find("messages") is not null)
        {
            return new TokenizeRequest(ChatRequest.EncodeMessages(body, model, time), withPieces, withTexts);
        }
        // Each server's own defaults.
        var (name, addsSpecial) = fields.Find("content") is not null
            ? ("content", fields.Flag("add_special") ?? false)
            : ("prompt", fields.Flag("add_special_tokens") ?? true);
        var text = fields.Text(name) ?? throw fields.Invalid("prompt", "nothing", "a string, or messages");
        return new TokenizeRequest(
            model.Encode(name, text, fields.Flag("parse_special") ?? true, addsSpecial),
            withPieces,
            withTexts
        );
    }

    /// <summary>Reads the token ids that are to become text.</summary>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <param name="model">The model whose tokens they are.</param>
    /// <exception cref="ApiException">They are no ids of the model's.</exception>
    public static int[] ReadTokens(JsonElement body, ServedModel model)
    {
        const string Field = "tokens";
        var fields = new JsonFields(body);
        if (fields.Find(Field) is null)
        {
            throw fields.Invalid(Field, "nothing", "token ids");
        }
        return
        [
            .. fields
                .List(Field, int.MaxValue)
                .Select(token =>
                    token.ValueKind == JsonValueKind.Number
                    && token.TryGetInt32(out var id)
                    && id >= 0
                    && id < model.Tokenizer.VocabularySize
                        ? id
                        : throw fields.Wrong(Field, token, $"ids from 0 to {model.Tokenizer.VocabularySize - 1}")
                ),
        ];
    }
}
