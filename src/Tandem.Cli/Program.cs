using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Tandem.Cli.Commands;
using Tandem.Cluster;

namespace Tandem.Cli;

/// <summary>The composition root: makes what the commands need, runs the one that was asked for, and gives the exit code.</summary>
internal static class Program
{
    private const string Name = "tandem";

    public static async Task<int> Main(string[] arguments)
    {
        using var processes = WorkerProcesses.Join();
        var exitCode = await RunAsync(arguments, processes);
        processes.End(exitCode);
        return exitCode;
    }

    private static async Task<int> RunAsync(string[] arguments, WorkerProcesses processes)
    {
        using var interrupts = new Interrupts();
        using var streams = new Streams();
        try
        {
            return await RunAsync(arguments, streams, interrupts, processes);
        }
        catch (InputException error)
        {
            await streams.Output.FlushAsync();
            if (!processes.TryFail(error))
            {
                streams.Error(error.Message);
            }
            return ExitCode.InputError;
        }
        catch (WorkerFailedException error)
        {
            streams.Error(error.Message);
            return ExitCode.InputError;
        }
        catch (OutputClosedException)
        {
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            if (Streams.OutputIsTerminal)
            {
                // The shell's prompt goes on a line of its own.
                await Console.Error.WriteLineAsync();
            }
            return ExitCode.Interrupted;
        }
        // One line says which process has failed; alone, the runtime tells where.
        catch (Exception error) when (processes.TryFail(error))
        {
            return ExitCode.InputError;
        }
    }

    private static async Task<int> RunAsync(
        string[] arguments,
        Streams streams,
        Interrupts interrupts,
        WorkerProcesses processes
    )
    {
        var root = Root(streams, interrupts, processes);
        var parsed = root.Parse(
            ServeConfiguration.Complete(arguments, root),
            new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false }
        );
        if (parsed.Action is not HelpAction && (parsed.Errors.Count > 0 || MisspeltOption(parsed) is not null))
        {
            return ReportWrongUsage(parsed, streams);
        }
        return await processes.RunAsync(
            arguments,
            parsed,
            () => InvokeAsync(parsed, streams, interrupts.Token),
            streams,
            interrupts.Token
        );
    }

    private static RootCommand Root(Streams streams, Interrupts interrupts, WorkerProcesses processes)
    {
        var root = new RootCommand("Runs large language models on the CPUs that you have.")
        {
            new RunCommand(streams, interrupts, processes),
            new ServeCommand(streams, interrupts, processes),
            new BatchCommand(streams, processes),
            new InfoCommand(streams),
            new BenchCommand(streams, processes),
            new SynthCommand(streams),
            new TokenizeCommand(streams),
            new TemplateCommand(streams),
            new LogitsCommand(streams, processes),
            new PlanCommand(streams),
            new ProfileCommand(streams),
            new GroupTimesCommand(),
            new SimulateCommand(streams),
        };
        // Neither prompts that begin with @ nor those in brackets are anything but prompts.
        root.Directives.Clear();
        return root;
    }

    private static async Task<int> InvokeAsync(ParseResult parsed, Streams streams, CancellationToken cancellation)
    {
        // The library calls the program what its assembly is called; only help names it.
        using var help = new StringWriter();
        var invocation = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = help,
        };
        var exitCode = await parsed.InvokeAsync(invocation, cancellation);
        var helpText = help.ToString().Replace(RootCommand.ExecutableName, Name, StringComparison.Ordinal);
        await streams.Output.WriteAsync(helpText);
        await streams.Output.FlushAsync(CancellationToken.None);
        return exitCode;
    }

    // The library takes an option that it does not know for a prompt.
    private static string? MisspeltOption(ParseResult parsed)
    {
        if (parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash))
        {
            return null;
        }
        var words = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens);
        return words
            .Select(token => token.Value)
            .FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal) && !word.Any(char.IsWhiteSpace));
    }

    private static int ReportWrongUsage(ParseResult parsed, Streams streams)
    {
        var command = parsed.CommandResult.Command;
        // Of an unknown command the library says first that one is missing, then that each word after it is unknown, too.
        var messages =
            command is RootCommand && parsed.UnmatchedTokens.Count > 0
                ? [$"there is no command '{parsed.UnmatchedTokens[0]}'"]
            : MisspeltOption(parsed) is { } option
                ? [$"there is no option '{option}'; a prompt that begins so goes behind --"]
            : parsed.Errors.Select(error => error.Message);
        foreach (var message in messages)
        {
            streams.Error(message);
        }
        var name = command is RootCommand ? Name : $"{Name} {command.Name}";
        streams.Note($"See '{name} --help'.");
        return ExitCode.WrongUsage;
    }
}
