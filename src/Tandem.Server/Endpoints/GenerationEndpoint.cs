using System.Text.Json;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server.Endpoints;

/// <summary>What answers of chats and of completions have in common: they come whole, or piece by piece.</summary>
/// <param name="options">The server's options.</param>
/// <param name="log">Told of answers.</param>
internal sealed class GenerationEndpoint(ServerOptions options, RequestLog log)
{
    /// <summary>Sends the response to a chat.</summary>
    public Task ChatAsync(Exchange exchange, JsonElement body)
    {
        var (model, call) = (exchange.Loaded.Model, exchange.Call.Api);
        var request = ChatRequest.Read(body, model, call);
        return request.Streams
            ? StreamAsync(exchange, request.Choices, request.Choices.Count, new ChatChunks(request, model, call))
            : WriteAsync(
                exchange,
                request.Choices,
                request.Choices.Count,
                answers => ChatResponse.Write(request, answers, model, call)
            );
    }

    /// <summary>Sends the response to a completion.</summary>
    public Task CompletionAsync(Exchange exchange, JsonElement body)
    {
        var (model, call) = (exchange.Loaded.Model, exchange.Call.Api);
        var request = CompletionRequest.Read(body, model, call);
        return request.Streams
            ? StreamAsync(exchange, request.Choices, request.ChoicesAPrompt, new CompletionChunks(request, model, call))
            : WriteAsync(
                exchange,
                request.Choices,
                request.ChoicesAPrompt,
                answers => CompletionResponse.Write(request, answers, model, call)
            );
    }

    private async Task WriteAsync(
        Exchange exchange,
        IReadOnlyList<GenerationRequest> choices,
        int choicesAPrompt,
        Func<Answer[], byte[]> write
    )
    {
        var answers = await Answer.GenerateAsync(
            exchange.Loaded.Engine,
            Salted(exchange, choices),
            exchange.Client,
            exchange.Cancellation
        );
        exchange.Call.Note([.. answers.Select(answer => answer.Times)], choicesAPrompt);
        if (log.Answers(exchange.Call) is { } tell)
        {
            foreach (var (choice, answer) in answers.Index())
            {
                tell(choice, answer.Text);
            }
        }
        await exchange.WriteJsonAsync(write(answers));
    }

    private async Task StreamAsync(
        Exchange exchange,
        IReadOnlyList<GenerationRequest> choices,
        int choicesAPrompt,
        AnswerChunks chunks
    )
    {
        var answers = exchange.Loaded.Engine.Start(Salted(exchange, choices), exchange.Client);
        using var stream = new EventStream(exchange.Context, options);
        try
        {
            var answering = new AnswerStream(stream, chunks, options, log.Answers(exchange.Call));
            var times = await answering.RunAsync(answers, exchange.Cancellation);
            exchange.Call.Note(times, choicesAPrompt);
            if (chunks.SendsUsage)
            {
                chunks.WriteUsage(stream.BeginData(), times);
                stream.EndData();
            }
            stream.Write("data: [DONE]\n\n"u8);
            await stream.SendAsync(exchange.Cancellation);
        }
        catch (Exception error) when (stream.HasBegun && !exchange.HasClientLeft)
        {
            await EndByErrorAsync(exchange, stream, error);
        }
        finally
        {
            foreach (var answer in answers)
            {
                answer.Dispose();
            }
        }
    }

    private static IReadOnlyList<GenerationRequest> Salted(
        Exchange exchange,
        IReadOnlyList<GenerationRequest> choices
    ) => [.. choices.Select(choice => choice with { CacheSalt = exchange.Salted(choice.CacheSalt) })];

    // The status is long on its way: what is left to say is said in the stream.
    private static async Task EndByErrorAsync(Exchange exchange, EventStream stream, Exception error)
    {
        var told = exchange.Fail(error);
        stream.Write("data: "u8);
        stream.Write(told.ToBody());
        stream.Write("\n\n"u8);
        await stream.SendAsync(exchange.Context.RequestAborted);
    }
}
