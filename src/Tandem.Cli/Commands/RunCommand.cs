using System.CommandLine;
using System.Globalization;
using Tandem.Cli.Options;
using Tandem.Serving;
using Tandem.Text.Templates;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem run</c>: one answer, streamed as it is made, or a conversation on a terminal.</summary>
internal sealed class RunCommand : Command
{
    private readonly Streams _streams;
    private readonly Interrupts _interrupts;
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "What to answer; without it, standard input.",
    };
    private readonly EngineSettings _settings = new();
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

    public RunCommand(Streams streams, Interrupts interrupts)
        : base("run", "Answers a prompt, or holds a conversation on a terminal.")
    {
        (_streams, _interrupts) = (streams, interrupts);
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
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = _settings.Read(parsed);
        await using var engine = await _streams.WithProgressAsync(
            "loading",
            progress => Engine.LoadAsync(options, progress, cancellation),
            cancellation
        );
        if (engine.Notice is { } notice)
        {
            _streams.Note(notice);
        }
        // Without the option the parser gives an empty array.
        if (parsed.GetValue(_promptTokens) is { Length: > 0 } ids)
        {
            await AnswerAsync(engine, parsed, ids, cancellation);
        }
        else if (parsed.GetValue(_prompt) is null && Streams.InputIsTerminal)
        {
            await new Conversation(_streams, _interrupts, Prompt, Answer).RunAsync(
                parsed.GetValue(_system),
                cancellation
            );
        }
        else
        {
            var text = parsed.GetValue(_prompt) ?? System.Text.Encoding.UTF8.GetString(Streams.ReadInput());
            List<ChatMessage> messages = [new("user", text)];
            if (parsed.GetValue(_system) is { } system)
            {
                messages.Insert(0, new ChatMessage("system", system));
            }
            await AnswerAsync(engine, parsed, Prompt(messages), cancellation);
        }
        return ExitCode.Success;

        int[] Prompt(IReadOnlyList<ChatMessage> messages) => Encode(engine, parsed, messages);
        Task<string> Answer(int[] prompt, CancellationToken token) => AnswerAsync(engine, parsed, prompt, token);
    }

    // A model without a template continues the last message.
    private int[] Encode(Engine engine, ParseResult parsed, IReadOnlyList<ChatMessage> messages)
    {
        var parseSpecial = parsed.GetValue(_parseSpecial);
        var template = parsed.GetValue(_raw) ? null : ChatTemplate.From(engine.Header);
        if (template is null)
        {
            return engine.Tokenizer.Encode(messages[^1].Content, addSpecial: true, parseSpecial);
        }
        string? Piece(int? id) => id is { } known ? engine.Tokenizer.PieceText(known) : null;
        var context = new TemplateContext
        {
            BosToken = Piece(engine.Tokenizer.Bos),
            EosToken = Piece(engine.Tokenizer.Eos),
            Now = TimeProvider.System.GetLocalNow().DateTime,
        };
        return ChatEncoder.Encode(engine.Tokenizer, template.RenderChat(messages, true, context), parseSpecial);
    }

    private async Task<string> AnswerAsync(
        Engine engine,
        ParseResult parsed,
        int[] prompt,
        CancellationToken cancellation
    )
    {
        var request = new GenerationRequest
        {
            Prompt = prompt,
            Sampling = _sampling.Read(parsed, engine.DefaultSampling),
            MaxTokens = parsed.GetValue(_maxTokens) ?? int.MaxValue,
            Stop = parsed.GetValue(_stop) ?? [],
        };
        var asTokens = parsed.GetValue(_output) == OutputKind.Tokens;
        var answer = new System.Text.StringBuilder();
        var count = 0;
        await foreach (var token in engine.GenerateAsync(request, cancellation))
        {
            answer.Append(token.Text);
            var id = token.Id.ToString(CultureInfo.InvariantCulture);
            await _streams.Output.WriteAsync(asTokens ? (count > 0 ? "," : "") + id : token.Text);
            await _streams.Output.FlushAsync(cancellation);
            count++;
        }
        await _streams.Output.WriteLineAsync();
        await _streams.Output.FlushAsync(cancellation);
        return answer.ToString();
    }
}
