using Tandem.Text.Templates;

namespace Tandem.Cli.Commands;

/// <summary>
/// A conversation on a terminal, with its history. Ctrl-C stops the answer and not the program; between answers it
/// ends the program, as the end of input does.
/// </summary>
internal sealed class Conversation(
    Streams streams,
    Interrupts interrupts,
    Func<IReadOnlyList<ChatMessage>, int[]> encode,
    Func<int[], CancellationToken, Task<string>> answer
)
{
    private CancellationTokenSource? _current;

    public async Task RunAsync(string? system, CancellationToken cancellation)
    {
        List<ChatMessage> messages = system is null ? [] : [new ChatMessage("system", system)];
        interrupts.Handle(StopAnswer);
        streams.Note("Type a message; Ctrl-C stops an answer, Ctrl-D ends.");
        while (!cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteAsync("> ");
            if (Console.ReadLine() is not { } line)
            {
                await Console.Error.WriteLineAsync();
                return;
            }
            if (line.Trim().Length == 0)
            {
                continue;
            }
            messages.Add(new ChatMessage("user", line));
            if (await AnswerAsync(messages, cancellation) is { } text)
            {
                messages.Add(new ChatMessage("assistant", text));
            }
            else
            {
                messages.RemoveAt(messages.Count - 1);
            }
        }
    }

    // Null where the answer was stopped or could not be given: the conversation goes on as if it had not been asked.
    private async Task<string?> AnswerAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellation)
    {
        using var current = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Volatile.Write(ref _current, current);
        try
        {
            return await answer(encode(messages), current.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync();
            return null;
        }
        catch (InputException error)
        {
            streams.Error(error.Message);
            return null;
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }
    }

    private bool StopAnswer()
    {
        if (Volatile.Read(ref _current) is not { } current)
        {
            return false;
        }
        current.Cancel();
        return true;
    }
}
