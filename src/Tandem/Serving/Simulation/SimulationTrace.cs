using System.Text.Json;

namespace Tandem.Serving.Simulation;

/// <summary>A simulation's steps in Chrome's trace event format: a copy is a process there, a stage a thread.</summary>
public static class SimulationTrace
{
    private const double MicrosecondsASecond = 1e6;

    /// <summary>Writes them.</summary>
    public static void Write(SimulationResult result, Stream output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("traceEvents");
        foreach (var step in result.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", $"step {step.Step}");
            json.WriteString("ph", "X");
            json.WriteNumber("pid", step.Replica);
            json.WriteNumber("tid", step.Stage);
            json.WriteNumber("ts", step.StartSeconds * MicrosecondsASecond);
            json.WriteNumber("dur", (step.EndSeconds - step.StartSeconds) * MicrosecondsASecond);
            json.WriteStartObject("args");
            json.WriteNumber("rows", step.Rows);
            json.WriteNumber("promptRows", step.PromptRows);
            json.WriteNumber("waiting", step.Waiting);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
