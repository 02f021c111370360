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

    private Task WriteAsync(
        Exchange exchange,
        IReadOnlyList<GenerationRequest> choices,
        int choicesAPrompt,
        Func<Answer[], byte[]> write
    ) =>
        GenerateAsync(
            exchange,
            choices,
            choicesAPrompt,
            async generations =>
            {
                var answers = await Answer.ReadAsync(generations, exchange.Cancellation);
                exchange.Call.Answers.AddRange(answers.Select(answer => answer.Times));
                if (log.Answers(exchange.Call) is { } tell)
                {
                    foreach (var (choice, answer) in answers.Index())
                    {
                        tell(choice, answer.Text);
                    }
                }
                await exchange.WriteJsonAsync(write(answers));
            }
        );

    private Task StreamAsync(
        Exchange exchange,
        IReadOnlyList<GenerationRequest> choices,
        int choicesAPrompt,
        AnswerChunks chunks
    ) =>
        GenerateAsync(
            exchange,
            choices,
            choicesAPrompt,
            async generations =>
            {
                using var stream = new EventStream(exchange.Context, options);
                try
                {
                    await StreamAsync(exchange, generations, chunks, stream);
                }
                catch (Exception error) when (stream.HasBegun && !exchange.HasClientLeft)
                {
                    await EndByErrorAsync(exchange, stream, error);
                }
            }
        );

    private async Task StreamAsync(
        Exchange exchange,
        IReadOnlyList<Generation> generations,
        AnswerChunks chunks,
        EventStream stream
    )
    {
        var answering = new AnswerStream(stream, chunks, options, log.Answers(exchange.Call));
        var times = await answering.RunAsync(generations, exchange.Cancellation);
        exchange.Call.Answers.AddRange(times);
        if (chunks.SendsUsage)
        {
            chunks.WriteUsage(stream.BeginData(), times);
            stream.EndData();
        }
        stream.Write("data: [DONE]\n\n"u8);
        await stream.SendAsync(exchange.Cancellation);
    }

    // Has answers made and sent, and notes what was made of them even where they are cut short.
    private static async Task GenerateAsync(
        Exchange exchange,
        IReadOnlyList<GenerationRequest> choices,
        int choicesAPrompt,
        Func<IReadOnlyList<Generation>, Task> send
    )
    {
        exchange.Cancellation.ThrowIfCancellationRequested();
        var salted = choices.Select(choice => choice with { CacheSalt = exchange.Salted(choice.CacheSalt) });
        var generations = exchange.Loaded.Engine.Start([.. salted], exchange.Client);
        try
        {
            await send(generations);
        }
        finally
        {
            exchange.Call.Note(generations, choicesAPrompt);
            foreach (var generation in generations)
            {
                generation.Dispose();
            }
        }
    }

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
