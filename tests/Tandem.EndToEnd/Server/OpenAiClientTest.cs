using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

namespace Tandem.EndToEnd.Server;

/// <summary>The official client for .NET, as it comes.</summary>
public sealed class OpenAiClientTest(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly ChatMessage[] s_sky = [new UserChatMessage("What colour is the sky?")];
    private static readonly ChatCompletionOptions s_greedy = new() { Temperature = 0 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OpenAIClient Client =>
        new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(shared.Server.Address, "/v1") });

    [Fact]
    public async Task A_chat_is_answered_whole_and_streamed()
    {
        var chat = Client.GetChatClient("small");
        ChatCompletion whole = await chat.CompleteChatAsync(s_sky, s_greedy, Cancellation);
        Assert.Equal("The sky is blue.", whole.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, whole.FinishReason);
        Assert.Equal(9, whole.Usage.InputTokenCount);

        var text = "";
        await foreach (var update in chat.CompleteChatStreamingAsync(s_sky, s_greedy, Cancellation))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }
        Assert.Equal("The sky is blue.", text);
    }

    [Fact]
    public async Task Log_probabilities_are_read()
    {
        ChatCompletion answer = await Client
            .GetChatClient("small")
            .CompleteChatAsync(
                s_sky,
                new ChatCompletionOptions
                {
                    Temperature = 0,
                    IncludeLogProbabilities = true,
                    TopLogProbabilityCount = 2,
                },
                Cancellation
            );

        Assert.Equal("The", answer.ContentTokenLogProbabilities[0].Token);
        Assert.Equal(2, answer.ContentTokenLogProbabilities[0].TopLogProbabilities.Count);
    }

    [Fact]
    public async Task Embeddings_are_read_which_the_client_asks_for_in_base64()
    {
        var embeddings = await Client
            .GetEmbeddingClient("small")
            .GenerateEmbeddingsAsync(["a fox", "the sky"], cancellationToken: Cancellation);

        Assert.Equal(2, embeddings.Value.Count);
        Assert.Equal(1, embeddings.Value[0].ToFloats().ToArray().Sum(value => value * value), 1e-4);
    }

    [Fact]
    public async Task Models_are_listed()
    {
        var models = await Client.GetOpenAIModelClient().GetModelsAsync(Cancellation);

        Assert.Equal(["small"], models.Value.Select(model => model.Id));
    }

    [Fact]
    public async Task An_error_has_its_status_and_its_message()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() =>
            Client.GetChatClient("other").CompleteChatAsync(s_sky, s_greedy, Cancellation)
        );

        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_can_be_left()
    {
        await foreach (var _ in Client.GetChatClient("small").CompleteChatStreamingAsync(s_sky, s_greedy, Cancellation))
        {
            break;
        }
        ChatCompletion next = await Client.GetChatClient("small").CompleteChatAsync(s_sky, s_greedy, Cancellation);
        Assert.Equal("The sky is blue.", next.Content[0].Text);
    }
}
