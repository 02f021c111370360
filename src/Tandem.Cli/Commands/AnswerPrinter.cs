using System.Globalization;
using System.Text;
using Tandem.Cli.Options;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary>Has a model answer, and prints each token as it is made.</summary>
internal sealed class AnswerPrinter(Streams streams, Engine engine, OutputKind kind, bool withStatistics)
{
    /// <summary>What has come of the last answer so far.</summary>
    public StringBuilder Answer { get; } = new();

    /// <summary>Prints an answer and the line's end.</summary>
    /// <exception cref="InputException">The prompt leaves no room for an answer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task PrintAsync(GenerationRequest request, CancellationToken cancellation)
    {
        Answer.Clear();
        var count = 0;
        GenerationTimes? times = null;
        await foreach (var token in engine.GenerateAsync(request, cancellation))
        {
            Answer.Append(token.Text);
            await streams.Output.WriteAsync(kind == OutputKind.Text ? Shown(token.Text) : Listed(token.Id, count));
            await streams.Output.FlushAsync(CancellationToken.None);
            count++;
            times = token.Times;
        }
        await streams.Output.WriteLineAsync();
        await streams.Output.FlushAsync(CancellationToken.None);
        if (withStatistics && times is not null)
        {
            streams.Note(Statistics(times, request.Sampling));
        }
    }

    private static string Listed(int id, int before) =>
        string.Create(CultureInfo.InvariantCulture, $"{(before > 0 ? "," : "")}{id}");

    // A terminal obeys control characters, and a model's words are a stranger's.
    private static string Shown(string text) =>
        Streams.OutputIsTerminal
            ? string.Concat(text.Where(character => !char.IsControl(character) || character is '\n' or '\t'))
            : text;

    private static string Statistics(GenerationTimes times, SamplingParameters? sampling)
    {
        var speed = times.TokenSeconds > 0 ? 1 / times.TokenSeconds : 0;
        var guesses =
            times.ProposedTokens > 0
                ? FormattableString.Invariant($" ({times.AcceptedTokens} of {times.ProposedTokens} guesses right)")
                : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"prompt {times.PromptTokens} tokens, {times.CachedTokens} of them cached; first token after {times.FirstTokenSeconds * 1000:f0} ms; {times.GeneratedTokens} tokens, {speed:f1} a second{guesses}; seed {sampling?.Seed}"
        );
    }
}
