using System.CommandLine;
using Tandem.Cli.Options;
using Tandem.Text.Templates;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem template</c>: what a chat template makes of a conversation.</summary>
internal sealed class TemplateCommand : Command
{
    private readonly Streams _streams;
    private readonly Option<string?> _template = NewOption.Text("--template", "FILE", "The template, in Jinja.");
    private readonly Option<string?> _input = NewOption.Text(
        "--input",
        "FILE",
        "One JSON object: messages and, where wanted, tools, add_generation_prompt, bos_token, eos_token, strftime_now and other variables."
    );

    public TemplateCommand(Streams streams)
        : base("template", "Prints what a chat template makes of a conversation, and nothing else.")
    {
        _streams = streams;
        _template.Required = true;
        _input.Required = true;
        Add(_template);
        Add(_input);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var rendered = ConversationFile.Render(parsed.GetRequiredValue(_template)!, parsed.GetRequiredValue(_input)!);
        _streams.Output.Write(rendered.Text);
        return ExitCode.Success;
    }
}
