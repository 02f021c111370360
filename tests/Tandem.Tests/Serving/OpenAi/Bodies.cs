using System.Text;
using System.Text.Json;
using Tandem.Loading;
using Tandem.Plans;
using Tandem.Serving.OpenAi;
using Tandem.Text;
using Tandem.Text.Templates;

namespace Tandem.Tests.Serving.OpenAi;

/// <summary>Requests as the API's tests write them, for the built-in model's vocabulary and template.</summary>
internal static class Bodies
{
    public static ServedModel Model { get; } = MakeModel();

    public static ApiCall Call { get; } = new("7", new DateTimeOffset(2026, 1, 15, 12, 0, 0, TimeSpan.Zero), 99);

    public static JsonElement Parse(string json) => JsonBody.Parse(Encoding.UTF8.GetBytes(json));

    /// <summary>A chat with one message, and more fields.</summary>
    public static ChatRequest Chat(string fields = "", string message = """{"role":"user","content":"hi"}""") =>
        ChatRequest.Read(Parse($$"""{"messages":[{{message}}]{{And(fields)}}}"""), Model, Call);

    /// <summary>A completion with more fields.</summary>
    public static CompletionRequest Completion(string fields) =>
        CompletionRequest.Read(Parse($"{{{fields}}}"), Model, Call);

    /// <summary>The error that reading a request ends with.</summary>
    public static ApiError Error(Action read) => Assert.Throws<ApiException>(read).Error;

    private static string And(string fields) => fields.Length > 0 ? "," + fields : "";

    private static ServedModel MakeModel()
    {
        using var file = BuiltInModel.Open();
        var tokenizer = Tokenizer.From(file.Header);
        return new ServedModel
        {
            Id = "small",
            Tokenizer = tokenizer,
            Template = ChatTemplate.From(file.Header),
            Sampling = new SamplingParameters { TopK = 40 },
            Context = 512,
            Vocabulary = tokenizer.VocabularySize,
            EmbeddingLength = 4,
        };
    }
}
