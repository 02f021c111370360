using System.Text;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>Streams the answers to a request as they are made, each choice by a task of its own.</summary>
/// <param name="stream">Where they go.</param>
/// <param name="chunks">Writes their pieces.</param>
/// <param name="options">How long the stream is silent at most.</param>
/// <param name="answered">Told the text of each choice once it has ended; null for nobody.</param>
internal sealed class AnswerStream(
    EventStream stream,
    AnswerChunks chunks,
    ServerOptions options,
    Action<int, string>? answered
)
{
    /// <summary>Streams all answers to their end.</summary>
    /// <param name="answers">The answers, in the order of their choices.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The numbers of each answer.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled, or the client does not read.</exception>
    public async Task<GenerationTimes[]> RunAsync(IReadOnlyList<Generation> answers, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var comments = CommentAsync(ending.Token);
        try
        {
            var tasks = answers.Select((answer, choice) => StreamAsync(answer, choice, ending)).ToArray();
            return await Task.WhenAll(tasks);
        }
        finally
        {
            await ending.CancelAsync();
            await comments;
        }
    }

    private async Task<GenerationTimes> StreamAsync(Generation answer, int choice, CancellationTokenSource ending)
    {
        try
        {
            return await StreamAsync(answer, choice, ending.Token);
        }
        catch (Exception)
        {
            // One choice that fails ends all: the request has failed.
            await ending.CancelAsync();
            throw;
        }
    }

    private async Task<GenerationTimes> StreamAsync(Generation answer, int choice, CancellationToken cancellation)
    {
        GenerationTimes? times = null;
        var isFirst = true;
        var text = answered is null ? null : new StringBuilder();
        while (await answer.WaitToReadAsync(cancellation))
        {
            await stream.TakeAsync(cancellation);
            try
            {
                if (isFirst && chunks.HasBegin)
                {
                    chunks.WriteBegin(stream.BeginData(), choice);
                    stream.EndData();
                }
                isFirst = false;
                while (answer.TryRead(out var token))
                {
                    Write(choice, token);
                    text?.Append(token.Text);
                    times = token.Times;
                }
                await stream.SendAsync(cancellation);
            }
            finally
            {
                stream.Release();
            }
        }
        answered?.Invoke(choice, text!.ToString());
        return times!;
    }

    private void Write(int choice, GeneratedToken token)
    {
        if (chunks.Take(choice, token))
        {
            chunks.Write(stream.BeginData());
            stream.EndData();
        }
    }

    // Until the first token comes, and where tokens come slowly.
    private async Task CommentAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(options.SilenceMax, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                await stream.TakeAsync(cancellation);
                try
                {
                    if (!stream.IsBusy)
                    {
                        stream.Write(": waiting\n\n"u8);
                        await stream.SendAsync(cancellation);
                    }
                    stream.IsBusy = false;
                }
                finally
                {
                    stream.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The answers have ended, or will find out by themselves that nobody reads them.
        }
    }
}
