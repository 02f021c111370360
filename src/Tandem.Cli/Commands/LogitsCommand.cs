using System.Buffers.Binary;
using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Tandem.Cli.Options;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem logits</c>: what a model makes of given tokens, to compare with other programs.</summary>
internal sealed class LogitsCommand : Command, IModelCommand
{
    private readonly Option<string?> _model = NewOption.Model();
    private readonly Option<int[]?> _tokens = NewOption.Of(
        "--tokens",
        "IDS",
        "Token ids, such as 1,2,3.",
        Values.TokenIds
    );
    private readonly Option<string?> _out = NewOption.Text("--out", "FILE", "Where the logits go.");
    private readonly Option<ActivationMode?> _activations = NewOption.Activations();
    private readonly Option<bool> _json = NewOption.Json();
    private readonly Streams _streams;

    public LogitsCommand(Streams streams, WorkerProcesses processes)
        : base("logits", "Writes the logits of tokens: little-endian float32, [tokens, vocabulary]. The cache is F32.")
    {
        (_streams, Plan) = (streams, new PlanSettings(processes));
        _tokens.Required = true;
        _out.Required = true;
        Add(_model);
        Add(_tokens);
        Add(_out);
        Add(_activations);
        Plan.AddTo(this);
        Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public PlanSettings Plan { get; }

    /// <inheritdoc/>
    public EngineOptions OptionsOf(ParseResult parsed) =>
        Plan.Complete(new EngineOptions(), parsed) with
        {
            Model = parsed.GetValue(_model),
            Workload = new Workload
            {
                PromptTokens = Math.Max(1, parsed.GetRequiredValue(_tokens)!.Length),
                AnswerTokens = 1,
            },
            Float32Activations = parsed.GetValue(_activations) == ActivationMode.F32,
        };

    private int Run(ParseResult parsed)
    {
        var options = OptionsOf(parsed);
        using var file = ModelFile.Open(options.Model);
        var tokens = parsed.GetRequiredValue(_tokens)!;
        Plan? plan = null;
        var vocabulary = 0;
        OutputFile.Write(
            parsed.GetRequiredValue(_out)!,
            output =>
                plan = LogitsReader.Read(
                    file,
                    options,
                    tokens,
                    row =>
                    {
                        vocabulary = row.Length;
                        WriteRow(output, row);
                    }
                )
        );
        Plan.Note(_streams, plan!);
        if (parsed.GetValue(_json))
        {
            var report = new LogitsReport(plan!.ToString(), tokens.Length, vocabulary, WorkerReport.Of(plan));
            _streams.Output.WriteLine(JsonSerializer.Serialize(report, LogitsReportJson.Default.LogitsReport));
        }
        return ExitCode.Success;
    }

    private static void WriteRow(Stream output, ReadOnlySpan<float> row)
    {
        if (BitConverter.IsLittleEndian)
        {
            output.Write(MemoryMarshal.AsBytes(row));
            return;
        }
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (var logit in row)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, logit);
            output.Write(bytes);
        }
    }
}
