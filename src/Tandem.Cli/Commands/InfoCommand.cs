using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Tandem.Cli.Options;
using Tandem.Loading;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem info</c>: architecture, sizes, formats, memory needed.</summary>
internal sealed class InfoCommand : Command
{
    private readonly Streams _streams;
    private readonly Option<string?> _model = NewOption.Model();
    private readonly Option<int?> _context = NewOption.Context();
    private readonly Option<Kernels.CacheType?> _cacheType = NewOption.CacheType();
    private readonly Option<bool> _json = NewOption.Json();

    public InfoCommand(Streams streams)
        : base("info", "Shows what a model is and the memory that it needs.")
    {
        _streams = streams;
        Add(_model);
        Add(_context);
        Add(_cacheType);
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var file = ModelFile.Open(parsed.GetValue(_model));
        var report = new InfoReport(ModelSummary.From(file.Header), Needs(file.Header, parsed), Engine.FastestKernels);
        if (parsed.GetValue(_json))
        {
            _streams.Output.WriteLine(JsonSerializer.Serialize(report, InfoReportJson.Default.InfoReport));
        }
        else
        {
            _streams.Tables.Write(Sizes(report));
            if (report.Model.Formats.Count > 0)
            {
                _streams.Tables.Write(Formats(report.Model));
            }
        }
        return ExitCode.Success;
    }

    // A model that the engine cannot run still has sizes.
    private MemoryNeeds? Needs(ModelHeader header, ParseResult parsed)
    {
        try
        {
            return MemoryNeeds.Of(
                header,
                parsed.GetValue(_context),
                parsed.GetValue(_cacheType) ?? Kernels.CacheType.F16
            );
        }
        catch (InputException error)
        {
            _streams.Note($"This model cannot be run: {error.Message}");
            return null;
        }
    }

    private static Table Sizes(InfoReport report)
    {
        var model = report.Model;
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        void Row(string name, string? value)
        {
            if (value is not null)
            {
                table.AddRow(Markup.Escape(name), Markup.Escape(value));
            }
        }
        Row("file", model.Parts > 1 ? Text($"{model.Source} and {model.Parts - 1} more") : model.Source);
        Row("name", model.Name);
        Row("architecture", model.Architecture);
        Row("parameters", Text($"{model.Parameters:n0}"));
        Row("layers", Text(model.Layers));
        Row("width", Text(model.Embedding));
        Row("feed-forward", Text(model.FeedForward));
        Row("query heads", Text(model.Heads));
        Row("key and value heads", Text(model.KeyValueHeads));
        Row("experts", model.Experts > 0 ? Text($"{model.Experts}, {model.ExpertsUsed} a token") : null);
        Row("vocabulary", Text(model.Vocabulary));
        Row("trained context", Text(model.Context));
        if (report.Memory is { } memory)
        {
            Row("weights", Bytes(memory.WeightBytes));
            Row(
                "cache",
                Text(
                    $"{Bytes(memory.CacheBytes)} for {memory.Context:n0} tokens, {Bytes(memory.CacheBytesPerToken)} each"
                )
            );
            Row("memory needed", Text($"{Bytes(memory.TotalBytes)}, of {Bytes(memory.AvailableBytes)} available"));
        }
        Row("kernels here", report.Kernels);
        return table;
    }

    private static Table Formats(ModelSummary model)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("format", "tensors", "parameters", "bytes");
        foreach (var column in table.Columns.Skip(1))
        {
            column.RightAligned();
        }
        foreach (var share in model.Formats)
        {
            table.AddRow(share.Format, Text($"{share.Tensors:n0}"), Text($"{share.Parameters:n0}"), Bytes(share.Bytes));
        }
        return table;
    }

    private static string? Text(int? value) => value is { } number ? Text($"{number:n0}") : null;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Bytes(long bytes) =>
        bytes switch
        {
            >= 1L << 30 => Text($"{bytes / (double)(1L << 30):f2} GiB"),
            >= 1L << 20 => Text($"{bytes / (double)(1L << 20):f1} MiB"),
            >= 1L << 10 => Text($"{bytes / (double)(1L << 10):f1} KiB"),
            _ => Text($"{bytes} B"),
        };
}
