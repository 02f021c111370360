using System.Buffers.Binary;
using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Tandem.Cli.Options;
using Tandem.Kernels;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem logits</c>: what a model makes of given tokens, to compare with other programs.</summary>
internal sealed class LogitsCommand : Command
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
    private readonly Option<KernelChoice?> _kernels = NewOption.Kernels();
    private readonly Option<int?> _threads = NewOption.Threads();
    private readonly Option<PlanRequest?> _plan = NewOption.Plan();
    private readonly Option<WorkerKind?> _workers = NewOption.Workers();
    private readonly Option<bool> _json = NewOption.Json();
    private readonly Streams _streams;
    private readonly WorkerProcesses _processes;

    public LogitsCommand(Streams streams, WorkerProcesses processes)
        : base("logits", "Writes the logits of tokens: little-endian float32, [tokens, vocabulary]. The cache is F32.")
    {
        (_streams, _processes) = (streams, processes);
        _tokens.Required = true;
        _out.Required = true;
        Add(_model);
        Add(_tokens);
        Add(_out);
        Add(_activations);
        Add(_kernels);
        Add(_threads);
        Add(_plan);
        Add(_workers);
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var options = new EngineOptions
        {
            Model = parsed.GetValue(_model),
            Threads = parsed.GetValue(_threads),
            Plan = parsed.GetValue(_plan),
            Processes = _processes.Group,
            Float32Activations = parsed.GetValue(_activations) == ActivationMode.F32,
            Kernels = parsed.GetValue(_kernels) ?? KernelChoice.Fastest,
        };
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
        EngineSettings.Note(_streams, plan!);
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
