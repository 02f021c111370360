using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Tandem.Cli.Options;
using Tandem.Planning.Search;
using Tandem.Serving;
using Tandem.Serving.Speculation;
using Tandem.Text.Templates;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem run</c>: one answer, streamed as it is made, or a conversation on a terminal.</summary>
internal sealed class RunCommand : Command, IModelCommand
{
    private readonly Streams _streams;
    private readonly Interrupts _interrupts;
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "What to answer; without it, standard input.",
    };
    private readonly EngineSettings _settings;
    private readonly SamplingOptions _sampling = new();
    private readonly Option<int?> _maxTokens = NewOption.Of(
        "--max-tokens",
        "N",
        "The most tokens of an answer.",
        Values.Whole(1)
    );
    private readonly Option<string[]> _stop = new("--stop")
    {
        HelpName = "TEXT",
        Description = "A text that ends the answer; may be given again.",
    };
    private readonly Option<string?> _system = NewOption.Text(
        "--system",
        "TEXT",
        "What the model is told before the conversation."
    );
    private readonly Option<bool> _raw = NewOption.Flag(
        "--raw",
        "Continues the prompt as it is, without the chat template."
    );
    private readonly Option<bool> _parseSpecial = NewOption.Flag(
        "--parse-special",
        "The text of control tokens in a message means the tokens."
    );
    private readonly Option<int[]?> _promptTokens = NewOption.Of(
        "--prompt-tokens",
        "IDS",
        "Token ids to continue, such as 1,2,3.",
        Values.TokenIds
    );
    private readonly Option<OutputKind?> _output = NewOption.Of(
        "--output",
        "text|tokens",
        "What to print. [default: text]",
        Values.OneOf(("text", OutputKind.Text), ("tokens", OutputKind.Tokens))
    );
    private readonly Option<bool> _ignoreEos = NewOption.Flag(
        "--ignore-eos",
        "Goes on after the tokens that end an answer; so does --prompt-tokens with --output tokens and --max-tokens."
    );
    private readonly Option<bool> _stats = NewOption.Flag(
        "--stats",
        "Says after an answer how long it took, and its seed."
    );

    public RunCommand(Streams streams, Interrupts interrupts, WorkerProcesses processes)
        : base("run", "Answers a prompt, or holds a conversation on a terminal.")
    {
        (_streams, _interrupts, _settings) = (streams, interrupts, new EngineSettings(processes));
        Add(_prompt);
        _settings.AddTo(this);
        _sampling.AddTo(this);
        Add(_maxTokens);
        Add(_stop);
        Add(_system);
        Add(_raw);
        Add(_parseSpecial);
        Add(_promptTokens);
        Add(_output);
        Add(_ignoreEos);
        Add(_stats);
        Validators.Add(CheckTogether);
        SetAction(RunAsync);
    }

    private void CheckTogether(CommandResult result)
    {
        if (result.GetResult(_promptTokens) is not null && result.GetResult(_prompt) is { Tokens.Count: > 0 })
        {
            result.AddError("found a prompt and --prompt-tokens, expected one of them");
        }
        if (
            WorkerProcesses.AreWanted(result)
            && Streams.InputIsTerminal
            && result.GetResult(_promptTokens) is null
            && result.GetResult(_prompt) is not { Tokens.Count: > 0 }
        )
        {
            result.AddError(
                "found --workers processes without a prompt, expected --workers threads for a conversation"
            );
        }
        if (
            result.GetResult(_system) is not null
            && (result.GetValue(_raw) || result.GetResult(_promptTokens) is not null)
        )
        {
            result.AddError(
                "found --system without the chat template that it belongs to, expected neither --raw nor --prompt-tokens"
            );
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using var engine = await _settings.LoadAsync(_streams, OptionsOf(parsed), cancellation);
        var kind = parsed.GetValue(_output) ?? OutputKind.Text;
        var printer = new AnswerPrinter(_streams, engine, kind, parsed.GetValue(_stats));
        GenerationRequest Request(int[] prompt) => NewRequest(parsed, engine, prompt);
        if (parsed.GetResult(_promptTokens) is not null)
        {
            await printer.PrintAsync(Request(parsed.GetValue(_promptTokens)!), cancellation);
            return ExitCode.Success;
        }
        var encoder = NewEncoder(parsed, engine);
        var system = parsed.GetValue(_system);
        if (parsed.GetValue(_prompt) is null && Streams.InputIsTerminal)
        {
            await new Conversation(_streams, _interrupts, encoder, printer, engine.Context, Request).RunAsync(
                system,
                cancellation
            );
            return ExitCode.Success;
        }
        List<ChatMessage> messages = system is null ? [] : [new("system", system)];
        messages.Add(new("user", parsed.GetValue(_prompt) ?? ReadPrompt()));
        await printer.PrintAsync(Request(encoder.Encode(messages)), cancellation);
        return ExitCode.Success;
    }

    /// <inheritdoc/>
    public PlanSettings Plan => _settings.Plan;

    /// <inheritdoc/>
    public EngineOptions OptionsOf(ParseResult parsed)
    {
        var usual = new Workload();
        return _settings.Read(parsed, speculationDefault: SpeculationKind.Lookup) with
        {
            Workload = usual with
            {
                PromptTokens = parsed.GetResult(_promptTokens) is null
                    ? usual.PromptTokens
                    : Math.Max(1, parsed.GetValue(_promptTokens)!.Length),
                AnswerTokens = parsed.GetValue(_maxTokens) ?? usual.AnswerTokens,
            },
        };
    }

    private PromptEncoder NewEncoder(ParseResult parsed, Engine engine)
    {
        var isRaw = parsed.GetValue(_raw);
        var template = isRaw ? null : ChatTemplate.From(engine.Header);
        if (template is null && !isRaw)
        {
            _streams.Note("The model has no chat template: it continues the text as with --raw.");
        }
        return new PromptEncoder(engine, template, parsed.GetValue(_parseSpecial));
    }

    private GenerationRequest NewRequest(ParseResult parsed, Engine engine, int[] prompt)
    {
        var maxTokens = parsed.GetValue(_maxTokens);
        var isIdsOnly = parsed.GetResult(_promptTokens) is not null && parsed.GetValue(_output) == OutputKind.Tokens;
        return new GenerationRequest
        {
            Prompt = prompt,
            Sampling = _sampling.Read(parsed, engine.DefaultSampling),
            MaxTokens = maxTokens ?? int.MaxValue,
            Stop = parsed.GetValue(_stop) ?? [],
            // Ids alone are for whoever compares programs: as many as were asked for, whatever they mean.
            IgnoreEos = parsed.GetValue(_ignoreEos) || (isIdsOnly && maxTokens is not null),
        };
    }

    // The line end that echo and editors put last is not the prompt's.
    private static string ReadPrompt()
    {
        var text = Encoding.UTF8.GetString(Streams.ReadInput());
        var end =
            text.EndsWith("\r\n", StringComparison.Ordinal) ? 2
            : text.EndsWith('\n') ? 1
            : 0;
        return text[..^end];
    }
}
