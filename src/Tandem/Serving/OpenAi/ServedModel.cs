using System.Text.Json;
using Tandem.Plans;
using Tandem.Text;
using Tandem.Text.Templates;

namespace Tandem.Serving.OpenAi;

/// <summary>What it takes to read requests for a model and to write what it answered; it computes nothing.</summary>
public sealed record ServedModel
{
    /// <summary>What responses call it.</summary>
    public required string Id { get; init; }

    /// <summary>Its tokenizer.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Its chat template, or null where it has none.</summary>
    public required ChatTemplate? Template { get; init; }

    /// <summary>How tokens are chosen where a request does not say.</summary>
    public required SamplingParameters Sampling { get; init; }

    /// <summary>Tokens that a prompt and its answer may have together.</summary>
    public required int Context { get; init; }

    /// <summary>How many token ids it has logits for.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Length of an embedding.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>What a request may ask for.</summary>
    public RequestLimits Limits { get; init; } = new();

    /// <summary>The model that an engine has loaded.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="id">What responses call the model.</param>
    /// <exception cref="InputException">The file's chat template is not well formed.</exception>
    public static ServedModel Of(Engine engine, string id) =>
        new()
        {
            Id = id,
            Tokenizer = engine.Tokenizer,
            Template = ChatTemplate.From(engine.Header),
            Sampling = engine.DefaultSampling,
            Context = engine.Context,
            Vocabulary = engine.Vocabulary,
            EmbeddingLength = engine.EmbeddingLength,
        };

    /// <summary>Checks that a request is for this model; one that names none is.</summary>
    /// <exception cref="ApiException">It names another.</exception>
    public void RequireId(string? id)
    {
        if (!string.IsNullOrEmpty(id) && id != Id)
        {
            throw new ApiException(
                new ApiError(
                    404,
                    $"the model '{Text.Excerpt.Of(id)}' is not here; '{Text.Excerpt.Of(Id)}' is",
                    "model",
                    "model_not_found"
                )
            );
        }
    }

    /// <summary>Checks that the request in a body is for this model.</summary>
    /// <param name="body">The request's JSON, as <see cref="JsonBody.Parse"/> gives it.</param>
    /// <exception cref="ApiException">It names another, or <c>model</c> is no text.</exception>
    public void RequireId(JsonElement body) => RequireId(new JsonFields(body).Text("model"));

    /// <summary>A prompt that is sure to be taken by the engine.</summary>
    /// <param name="param">The field that it came from.</param>
    /// <param name="tokens">Its ids.</param>
    /// <param name="generates">Whether there must be room for an answer.</param>
    /// <exception cref="ApiException">It is empty, has unknown ids, or is too long.</exception>
    internal int[] Checked(string param, int[] tokens, bool generates)
    {
        if (tokens.Length == 0)
        {
            throw ApiException.Invalid(param, "no tokens", "at least one");
        }
        foreach (var token in tokens)
        {
            if (token < 0 || token >= Vocabulary)
            {
                throw ApiException.Invalid(param, $"token {token}", $"ids from 0 to {Vocabulary - 1}");
            }
        }
        var room = Context - (generates ? 1 : 0);
        return tokens.Length <= room ? tokens : throw ApiException.TooLong(param, tokens.Length, room);
    }

    /// <summary>The ids of a text that came with a request.</summary>
    /// <param name="param">The field that it came from.</param>
    /// <param name="text">The text.</param>
    /// <param name="parseSpecial">Whether the text of a control token means the token.</param>
    /// <param name="addSpecial">Whether to add BOS and EOS where the model wants them.</param>
    /// <exception cref="ApiException">The vocabulary cannot say it.</exception>
    internal int[] Encode(string param, string text, bool parseSpecial, bool addSpecial = true)
    {
        try
        {
            return Tokenizer.Encode(text, addSpecial, parseSpecial);
        }
        catch (InputException error)
        {
            throw ApiException.Invalid(param, $"{param}: {error.Message}");
        }
    }
}
