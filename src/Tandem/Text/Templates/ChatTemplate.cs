using Tandem.Plans;

namespace Tandem.Text.Templates;

/// <summary>
/// A model's chat template: a program in Jinja that turns a conversation into the text the model was trained on. What
/// it gives is what Hugging Face's transformers gives. It is a stranger's program, so its steps, memory, output and
/// depth are bounded. An instance is immutable and can render on several threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private const string MetadataKey = "tokenizer.chat_template";
    private readonly TemplateSource _source;
    private readonly IReadOnlyList<Statement> _statements;

    private ChatTemplate(TemplateSource source, IReadOnlyList<Statement> statements)
    {
        _source = source;
        _statements = statements;
    }

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template's text.</param>
    /// <exception cref="InputException">It is not well formed; the message has line and column.</exception>
    public static ChatTemplate Parse(string source)
    {
        var text = new TemplateSource(source);
        return new ChatTemplate(text, StatementParser.Parse(text));
    }

    /// <summary>The template that a model ships with, or null if it has none.</summary>
    /// <exception cref="InputException">The template is not well formed; the message has line and column.</exception>
    public static ChatTemplate? From(ModelHeader header) =>
        header.Metadata.Has(MetadataKey) ? Parse(header.Metadata.String(MetadataKey)) : null;

    /// <summary>Whether a word stands in the template's source.</summary>
    public bool Mentions(string word) => _source.Text.Contains(word, StringComparison.Ordinal);

    /// <summary>Renders the template.</summary>
    /// <param name="variables">
    /// What it sees, <c>messages</c> above all: null, truth values, numbers, texts, lists and dictionaries of these
    /// (which keep the order of their keys), and JSON as System.Text.Json reads it. All text in it counts as data,
    /// except a message's <c>role</c> that is a plain word: templates build control tokens with it.
    /// </param>
    /// <param name="context">What else it sees.</param>
    /// <exception cref="InputException">
    /// The template fails, which the message places in line and column, or calls <c>raise_exception</c>, whose message
    /// is then the whole one.
    /// </exception>
    public RenderedChat Render(IReadOnlyDictionary<string, object?> variables, TemplateContext context)
    {
        var budget = new Budget(Variables.CountChars(variables), Variables.CountMessages(variables));
        var evaluator = new Evaluator(budget);
        try
        {
            var scope = new Scope(budget, Globals.Scope(budget, context.Now));
            SetToken(scope, "bos_token", context.BosToken);
            SetToken(scope, "eos_token", context.EosToken);
            Variables.AddTo(scope, budget, variables);
            var output = new Interpreter(budget, evaluator).Capture(_statements, new Scope(budget, scope));
            return new RenderedChat(output.Text, [.. output.Segments()]);
        }
        catch (TemplateFault fault)
        {
            throw _source.Error(evaluator.Position, fault.Message);
        }
    }

    /// <summary>Renders a conversation of plain messages.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether to end with what begins the assistant's answer.</param>
    /// <param name="context">What else the template sees.</param>
    /// <exception cref="InputException">As for <see cref="Render"/>.</exception>
    public RenderedChat RenderChat(
        IReadOnlyList<ChatMessage> messages,
        bool addGenerationPrompt,
        TemplateContext context
    ) =>
        Render(
            new Dictionary<string, object?>
            {
                ["messages"] = messages
                    .Select(message => new Dictionary<string, object?>
                    {
                        ["role"] = message.Role,
                        ["content"] = message.Content,
                    })
                    .ToList(),
                ["add_generation_prompt"] = addGenerationPrompt,
            },
            context
        );

    private static void SetToken(Scope scope, string name, string? token)
    {
        if (token is not null)
        {
            scope.Set(name, StringValue.FromTemplate(token));
        }
    }
}
