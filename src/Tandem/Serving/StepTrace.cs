using System.Text.Json;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>
/// When each worker ran which step, for Chrome's trace viewer and Perfetto: a copy is a process there, a worker a thread, and
/// the gaps between a worker's steps are its bubbles. Any threads may add to it.
/// </summary>
/// <param name="time">The clock of the engine that is traced.</param>
public sealed class StepTrace(TimeProvider time)
{
    private const double MicrosecondsASecond = 1e6;

    private readonly long _start = time.GetTimestamp();
    private readonly List<Span> _spans = [];
    private readonly Lock _lock = new();

    /// <summary>Writes what was noted so far, in Chrome's trace event format.</summary>
    public void Write(Stream output)
    {
        Span[] spans;
        lock (_lock)
        {
            spans = [.. _spans];
        }
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("traceEvents");
        foreach (var worker in spans.Select(span => span.Worker).Distinct())
        {
            WriteName(json, worker, "process_name", $"copy {worker.Replica}");
            WriteName(json, worker, "thread_name", $"stage {worker.Stage}, rank {worker.Slice.Rank}, {worker.Device}");
        }
        foreach (var span in spans)
        {
            WriteHead(json, span.Worker, $"step {span.Step}", "X");
            json.WriteNumber("ts", Microseconds(span.Start - _start));
            json.WriteNumber("dur", Microseconds(span.End - span.Start));
            json.WriteStartObject("args");
            json.WriteNumber("step", span.Step);
            json.WriteNumber("rows", span.Rows);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Notes that a worker has run a step.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="plan">The step.</param>
    /// <param name="start">The clock's timestamp at its beginning.</param>
    /// <param name="end">The clock's timestamp at its end.</param>
    internal void Add(WorkerPlan worker, StepPlan plan, long start, long end)
    {
        lock (_lock)
        {
            _spans.Add(new Span(worker, plan.Id, plan.Rows, start, end));
        }
    }

    private static void WriteName(Utf8JsonWriter json, WorkerPlan worker, string kind, string name)
    {
        WriteHead(json, worker, kind, "M");
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, WorkerPlan worker, string name, string kind)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", kind);
        json.WriteNumber("pid", worker.Replica);
        json.WriteNumber("tid", worker.Stage * worker.Slice.Ranks.Count + worker.Slice.Rank);
    }

    private double Microseconds(long ticks) => ticks * MicrosecondsASecond / time.TimestampFrequency;

    private sealed record Span(WorkerPlan Worker, long Step, int Rows, long Start, long End);
}
