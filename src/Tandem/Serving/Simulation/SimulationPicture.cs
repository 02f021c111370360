using System.Globalization;

namespace Tandem.Serving.Simulation;

/// <summary>A simulation as an SVG picture: a row for each stage with its steps, and how many requests waited below.</summary>
public static class SimulationPicture
{
    private const double Left = 110;
    private const double Width = 1000;
    private const double RowHeight = 22;
    private const double QueueHeight = 80;
    private const double Top = 34;

    // More rectangles than there are points across show nothing more: neighbours are drawn as one.
    private const double PointsMin = 0.5;

    /// <summary>Draws it.</summary>
    public static void Write(SimulationResult result, Stream output)
    {
        using var writer = new StreamWriter(output, leaveOpen: true);
        var rows = result.Steps.GroupBy(step => (step.Replica, step.Stage)).OrderBy(row => row.Key).ToList();
        var height = Top + rows.Count * RowHeight + QueueHeight + 40;
        var scale = Width / result.Seconds;
        writer.WriteLine(
            Invariant(
                $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + 20:0}\" height=\"{height:0}\" font-family=\"sans-serif\" font-size=\"12\">"
            )
        );
        writer.WriteLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        writer.WriteLine(
            Invariant(
                $"<text x=\"{Left:0}\" y=\"18\">{result.Seconds:0.0} s; steps with prompts <tspan fill=\"#d97706\">orange</tspan>, generation alone <tspan fill=\"#2563eb\">blue</tspan></text>"
            )
        );
        for (var row = 0; row < rows.Count; row++)
        {
            var (replica, stage) = rows[row].Key;
            var y = Top + row * RowHeight;
            writer.WriteLine(Invariant($"<text x=\"4\" y=\"{y + 15:0}\">copy {replica}, stage {stage}</text>"));
            WriteSteps(writer, rows[row], y, scale);
        }
        WriteQueue(writer, result, Top + rows.Count * RowHeight + 10, scale);
        writer.WriteLine("</svg>");
    }

    private static void WriteSteps(StreamWriter writer, IEnumerable<SimulatedStep> steps, double y, double scale)
    {
        (double Start, double End, bool IsPrompt)? open = null;
        void Close()
        {
            if (open is { } one)
            {
                var color = one.IsPrompt ? "#d97706" : "#2563eb";
                writer.WriteLine(
                    Invariant(
                        $"<rect x=\"{Left + one.Start * scale:0.##}\" y=\"{y:0}\" width=\"{Math.Max(PointsMin, (one.End - one.Start) * scale):0.##}\" height=\"{RowHeight - 4:0}\" fill=\"{color}\"/>"
                    )
                );
            }
        }
        foreach (var step in steps.OrderBy(step => step.StartSeconds))
        {
            var isPrompt = step.PromptRows > 0;
            if (open is { } one && one.IsPrompt == isPrompt && (step.StartSeconds - one.End) * scale < PointsMin)
            {
                open = one with { End = step.EndSeconds };
                continue;
            }
            Close();
            open = (step.StartSeconds, step.EndSeconds, isPrompt);
        }
        Close();
    }

    private static void WriteQueue(StreamWriter writer, SimulationResult result, double y, double scale)
    {
        // The most that waited within each point across.
        var most = new int[(int)Width];
        foreach (var step in result.Steps.Where(step => step.Stage == 0))
        {
            var at = Math.Clamp((int)(step.StartSeconds * scale), 0, most.Length - 1);
            most[at] = Math.Max(most[at], step.Waiting);
        }
        var top = Math.Max(1, most.Max());
        var points = most.Index()
            .Select(point =>
                Invariant($"{Left + point.Index:0},{y + QueueHeight * (1 - (double)point.Item / top):0.#}")
            );
        writer.WriteLine(Invariant($"<text x=\"4\" y=\"{y + 14:0}\">waiting: {most.Max()}</text>"));
        writer.WriteLine($"<polyline fill=\"none\" stroke=\"#059669\" points=\"{string.Join(' ', points)}\"/>");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
