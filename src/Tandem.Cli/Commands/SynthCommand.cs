using System.CommandLine;
using Tandem.Cli.Options;
using Tandem.Loading;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem synth</c>: a model of random weights in a real one's shape, to measure without a download.</summary>
internal sealed class SynthCommand : Command
{
    private readonly Streams _streams;
    private readonly Option<string?> _shape = NewOption.Of(
        "--shape",
        "NAME",
        $"One of {string.Join(", ", Synth.Shapes)}.",
        Values.OneOf(Synth.Shapes)
    );
    private readonly Option<string?> _format = NewOption.Of(
        "--format",
        "NAME",
        $"One of {string.Join(", ", Synth.Formats)}.",
        Values.OneOf(Synth.Formats)
    );
    private readonly Option<ulong?> _seed = NewOption.Of(
        "--seed",
        "N",
        "Chooses the weights. [default: 0]",
        Values.Seed
    );
    private readonly Option<string?> _out = NewOption.Text("--out", "FILE", "Where the model goes.");

    public SynthCommand(Streams streams)
        : base("synth", "Writes a model of random weights in the shape of a real one.")
    {
        _streams = streams;
        _shape.Required = true;
        _format.Required = true;
        _out.Required = true;
        Add(_shape);
        Add(_format);
        Add(_seed);
        Add(_out);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var path = parsed.GetRequiredValue(_out)!;
        await _streams.WithProgressAsync(
            $"writing {path}",
            progress =>
                Task.Run(
                    () =>
                    {
                        Synth.Write(
                            path,
                            parsed.GetRequiredValue(_shape)!,
                            parsed.GetRequiredValue(_format)!,
                            parsed.GetValue(_seed) ?? 0,
                            progress
                        );
                        return path;
                    },
                    cancellation
                ),
            cancellation
        );
        return ExitCode.Success;
    }
}
