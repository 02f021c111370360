using System.CommandLine;
using Tandem.Serving.Simulation;

namespace Tandem.Cli.Options;

/// <summary>The options that say which requests a simulated load has.</summary>
internal sealed class TraceOptions
{
    private readonly Option<string?> _trace;
    private readonly Option<int?> _requests;
    private readonly Option<float?> _divide = NewOption.Of(
        "--divide",
        "D",
        "Divides the lengths in the trace; at least 8 tokens are left. [default: 1]",
        Values.Number(1e-3f)
    );
    private readonly Option<float?> _stretch = NewOption.Of(
        "--stretch",
        "S",
        "Multiplies the gaps between the trace's arrivals. [default: 1]",
        Values.Number(1e-6f)
    );

    /// <summary>Options of a command.</summary>
    /// <param name="without">What help says of a command without a trace.</param>
    public TraceOptions(string without)
    {
        _trace = NewOption.Text("--trace", "CSV", $"A file of arrivals: time, prompt tokens, answer tokens. {without}");
        _requests = NewOption.Of(
            "--requests",
            "N",
            "Requests of the load. [default: 200]",
            Values.Whole(1, 10_000_000)
        );
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_requests);
        command.Add(_trace);
        command.Add(_divide);
        command.Add(_stretch);
    }

    /// <summary>How many requests are asked for at most.</summary>
    public int Requests(ParseResult parsed) => parsed.GetValue(_requests) ?? 200;

    /// <summary>The trace's first requests; null where none is named.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public IReadOnlyList<SimulatedRequest>? Read(ParseResult parsed) =>
        parsed.GetValue(_trace) is { } trace
            ? SimulatedLoad.ReadTrace(
                trace,
                Requests(parsed),
                parsed.GetValue(_divide) ?? 1,
                parsed.GetValue(_stretch) ?? 1
            )
            : null;
}
