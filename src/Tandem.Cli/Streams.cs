using System.Text;
using Spectre.Console;

namespace Tandem.Cli;

/// <summary>
/// The program's input and output. Results go to standard output, everything else to standard error; colour and
/// progress appear only where a terminal shows them.
/// </summary>
internal sealed class Streams : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly IAnsiConsole _messages;

    public Streams()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = s_utf8;
            Console.InputEncoding = s_utf8;
        }
        Output = new StreamWriter(new OutputStream(), s_utf8);
        Tables = AnsiConsoleOn(Output, Console.IsOutputRedirected);
        _messages = AnsiConsoleOn(Console.Error, Console.IsErrorRedirected);
    }

    /// <summary>Results as text; kept back until it is flushed, at the latest when the program ends.</summary>
    public StreamWriter Output { get; }

    /// <summary>Results as a table.</summary>
    public IAnsiConsole Tables { get; }

    /// <summary>Whether somebody types the input.</summary>
    public static bool InputIsTerminal => !Console.IsInputRedirected;

    /// <summary>Whether a terminal shows the results.</summary>
    public static bool OutputIsTerminal => !Console.IsOutputRedirected;

    /// <summary>Whether a terminal shows the messages.</summary>
    public static bool MessagesAreOnTerminal => !Console.IsErrorRedirected;

    /// <summary>Standard input as bytes.</summary>
    public static byte[] ReadInput()
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Says on one line what went wrong.</summary>
    public void Error(string message) => Say($"{Styled("31", "tandem:")} {OnOneLine(message)}");

    /// <summary>Says something on one line that is no result.</summary>
    public void Note(string message) => Say(Styled("2", OnOneLine(message)));

    /// <summary>
    /// Does something that takes a while, and shows on a terminal how far it is. Reporting progress throws when it is
    /// cancelled.
    /// </summary>
    /// <param name="title">What it is.</param>
    /// <param name="work">Does it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="elsewhere">Told the progress where no terminal shows it.</param>
    public Task<T> WithProgressAsync<T>(
        string title,
        Func<IProgress<double>, Task<T>> work,
        CancellationToken cancellation,
        IProgress<double>? elsewhere = null
    )
    {
        if (!MessagesAreOnTerminal)
        {
            return work(new ProgressTo(share => elsewhere?.Report(share), cancellation));
        }
        return _messages
            .Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn()
            )
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(new ProgressTo(share => task.Value = share, cancellation));
            });
    }

    public void Dispose() => Output.Dispose();

    // Not by the console library, which would break the line where the terminal ends.
    private static void Say(string line) => Console.Error.WriteLine(line);

    private string Styled(string code, string text) =>
        _messages.Profile.Capabilities.Ansi ? $"\e[{code}m{text}\e[0m" : text;

    // Names from strange files may hold line breaks and terminal sequences.
    private static string OnOneLine(string message) =>
        string.Concat(message.Select(character => char.IsControl(character) ? '\uFFFD' : character));

    private static IAnsiConsole AnsiConsoleOn(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
                ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
                Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
                Out = new AnsiConsoleOutput(writer),
            }
        );
        if (isRedirected)
        {
            // No lines are broken for whoever reads a file.
            console.Profile.Width = 1000;
        }
        return console;
    }

    private sealed class ProgressTo(Action<double> report, CancellationToken cancellation) : IProgress<double>
    {
        public void Report(double value)
        {
            cancellation.ThrowIfCancellationRequested();
            report(value);
        }
    }
}
