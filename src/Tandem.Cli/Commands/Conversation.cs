using System.Text;
using Tandem.Serving;
using Tandem.Text.Templates;

namespace Tandem.Cli.Commands;

/// <summary>
/// A conversation on a terminal, with its history. Ctrl-C stops the answer and not the program; the end of the input,
/// Ctrl-D, ends it.
/// </summary>
internal sealed class Conversation(
    Streams streams,
    Interrupts interrupts,
    PromptEncoder encoder,
    AnswerPrinter printer,
    int context,
    Func<int[], GenerationRequest> request
)
{
    // An answer should have this share of the context at least; older messages make room.
    private const int AnswerShare = 4;
    private const string Mark = "> ";

    private readonly List<ChatMessage> _messages = [];
    private CancellationTokenSource? _answer;
    private int _firstAfterSystem;

    /// <summary>Talks until the input ends.</summary>
    public async Task RunAsync(string? system, CancellationToken cancellation)
    {
        if (system is not null)
        {
            _messages.Add(new ChatMessage("system", system));
            _firstAfterSystem = 1;
        }
        interrupts.Handle(OnInterrupt);
        streams.Note("Type a message. Ctrl-C stops an answer, Ctrl-D ends the conversation.");
        // Lines as the terminal edits them: what was typed before Ctrl-C is dropped by it, as everywhere.
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        while (true)
        {
            await Console.Error.WriteAsync(Mark);
            if (await input.ReadLineAsync(cancellation) is not { } line)
            {
                await Console.Error.WriteLineAsync();
                return;
            }
            if (!string.IsNullOrWhiteSpace(line))
            {
                await TurnAsync(line, cancellation);
            }
        }
    }

    // An answer that was stopped stays in the history as far as it came; a question without any is dropped.
    private async Task TurnAsync(string line, CancellationToken cancellation)
    {
        using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _messages.Add(new ChatMessage("user", line));
        printer.Answer.Clear();
        Volatile.Write(ref _answer, answer);
        try
        {
            await printer.PrintAsync(request(Encode()), answer.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync();
        }
        catch (InputException error)
        {
            streams.Error(error.Message);
        }
        finally
        {
            Volatile.Write(ref _answer, null);
        }
        if (printer.Answer.Length > 0)
        {
            _messages.Add(new ChatMessage("assistant", printer.Answer.ToString()));
        }
        else
        {
            _messages.RemoveAt(_messages.Count - 1);
        }
    }

    private int[] Encode()
    {
        var prompt = encoder.Encode(_messages);
        var forgotten = false;
        while (prompt.Length > context - context / AnswerShare && _messages.Count > _firstAfterSystem + 1)
        {
            _messages.RemoveRange(_firstAfterSystem, 2);
            prompt = encoder.Encode(_messages);
            forgotten = true;
        }
        if (forgotten)
        {
            streams.Note("The context is full: the oldest messages are left out.");
        }
        return prompt;
    }

    private bool OnInterrupt()
    {
        if (Volatile.Read(ref _answer) is { } answer)
        {
            answer.Cancel();
            return true;
        }
        Console.Error.WriteLine();
        streams.Note("Ctrl-D ends the conversation.");
        Console.Error.Write(Mark);
        return true;
    }
}
