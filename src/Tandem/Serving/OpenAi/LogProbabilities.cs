using System.Text.Json;
using Tandem.Text;

namespace Tandem.Serving.OpenAi;

/// <summary>Writes log-probabilities in the two shapes that the API has.</summary>
internal static class LogProbabilities
{
    // JSON has no infinity; this is what OpenAI's API says of a token that cannot be.
    private const float Least = -9_999;

    /// <summary>Writes those of some tokens of a chat's answer, as an object.</summary>
    public static void WriteChat(Utf8JsonWriter json, Tokenizer tokenizer, IEnumerable<GeneratedToken> tokens)
    {
        json.WriteStartObject();
        json.WriteStartArray("content");
        foreach (var token in tokens)
        {
            json.WriteStartObject();
            WriteToken(json, tokenizer, token.Id, token.LogProbability!.Value);
            json.WriteStartArray("top_logprobs");
            foreach (var (id, logProbability) in token.Top)
            {
                json.WriteStartObject();
                WriteToken(json, tokenizer, id, logProbability);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    /// <summary>Writes those of some tokens of a completion, as an object of lists.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="stream">The answer's text, as far as it was before these tokens.</param>
    /// <param name="offset">How many characters that text has; what follows is added.</param>
    public static void WriteCompletion(
        Utf8JsonWriter json,
        Tokenizer tokenizer,
        IReadOnlyList<GeneratedToken> tokens,
        TokenStream stream,
        ref int offset
    )
    {
        json.WriteStartObject();
        json.WriteStartArray("text_offset");
        foreach (var token in tokens)
        {
            json.WriteNumberValue(offset);
            offset += Characters(stream.Push(token.Id));
        }
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (var token in tokens)
        {
            if (token.LogProbability is { } logProbability)
            {
                json.WriteNumberValue(Finite(logProbability));
            }
            else
            {
                json.WriteNullValue();
            }
        }
        json.WriteEndArray();
        json.WriteStartArray("tokens");
        foreach (var token in tokens)
        {
            json.WriteStringValue(tokenizer.PieceText(token.Id));
        }
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (var token in tokens)
        {
            if (token.LogProbability is null)
            {
                json.WriteNullValue();
            }
            else
            {
                WriteMap(json, tokenizer, token.Top);
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The first token of a text, which nothing comes before that it could be likely after.</summary>
    public static GeneratedToken First(int id) => new(id, "", null, [], 0, null, null);

    private static void WriteToken(Utf8JsonWriter json, Tokenizer tokenizer, int id, float logProbability)
    {
        json.WriteString("token", tokenizer.PieceText(id));
        json.WriteNumber("logprob", Finite(logProbability));
        json.WriteStartArray("bytes");
        foreach (var value in tokenizer.PieceBytes(id))
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }

    // Of tokens that read alike the likeliest counts, since a name can be there once.
    private static void WriteMap(Utf8JsonWriter json, Tokenizer tokenizer, IReadOnlyList<TokenChance> top)
    {
        json.WriteStartObject();
        foreach (var chance in top.DistinctBy(chance => tokenizer.PieceText(chance.Id)))
        {
            json.WriteNumber(tokenizer.PieceText(chance.Id), Finite(chance.LogProbability));
        }
        json.WriteEndObject();
    }

    private static float Finite(float logProbability) => Math.Max(logProbability, Least);

    // Clients count code points.
    private static int Characters(string text) => text.Count(letter => !char.IsLowSurrogate(letter));
}
