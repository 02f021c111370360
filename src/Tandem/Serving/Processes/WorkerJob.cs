using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Parallel;

namespace Tandem.Serving.Processes;

/// <summary>What process 0 tells the others before a model is loaded.</summary>
/// <param name="Model">The model's file; null for the built-in model.</param>
/// <param name="Options">How it is put into memory.</param>
/// <param name="Output">What is made of its steps.</param>
internal sealed record WorkerJob(string? Model, ModelOptions Options, StepOutput Output)
{
    /// <summary>Tells the others; null says that there is nothing to do.</summary>
    public static void Send(ProcessGroup group, WorkerJob? job)
    {
        var message = new Message();
        if (job is not null)
        {
            message.Write<byte>(JsonSerializer.SerializeToUtf8Bytes(job, WorkerJobJson.Default.WorkerJob));
        }
        message.Broadcast(group.World);
    }

    /// <summary>Waits for what process 0 tells.</summary>
    public static WorkerJob? Receive(ProcessGroup group)
    {
        var message = new Message();
        message.Broadcast(group.World);
        if (message.IsEmpty)
        {
            return null;
        }
        var bytes = new byte[message.Length];
        message.Read<byte>(bytes);
        return JsonSerializer.Deserialize(bytes, WorkerJobJson.Default.WorkerJob);
    }
}

[JsonSerializable(typeof(WorkerJob))]
internal sealed partial class WorkerJobJson : JsonSerializerContext;
