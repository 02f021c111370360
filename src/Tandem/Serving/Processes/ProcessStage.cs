using System.Runtime.InteropServices;
using Tandem.Parallel;
using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>
/// One process's part in every step: its worker runs the rows, the plan and the residual stream go on to the next stage, and rank 0
/// of the last stage reads the result.
/// </summary>
/// <param name="group">The processes.</param>
/// <param name="worker">What this one holds, with its buffers.</param>
/// <param name="reader">Reads results; null where another process does.</param>
/// <param name="time">Measures steps.</param>
internal sealed class ProcessStage(ProcessGroup group, Worker worker, IStepReader? reader, TimeProvider time)
{
    // In seconds: waiting for steps, and for the next stage to take them.
    private double _inputWait;
    private double _creditWait;

    /// <summary>What all processes of the copy have spent their time on, as far as results have told.</summary>
    public CopyFigures Figures { get; } = new(group.Layout, group.Replica);

    /// <summary>Waits for the next plan; an empty one ends the run.</summary>
    public void Take(Message plan)
    {
        var start = time.GetTimestamp();
        if (group.Stage > 0)
        {
            plan.Receive(group.Copy, group.Previous);
        }
        else
        {
            // The first copy's rank 0 is process 0, which has made the plan.
            if (group.Ranks.Rank == 0)
            {
                plan.Receive(group.Driver, 0);
            }
            plan.Broadcast(group.Ranks);
        }
        _inputWait += time.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Computes a step.</summary>
    /// <param name="plan">The step.</param>
    /// <param name="message">The same as it came and goes on, read up to the figures of the stages before.</param>
    /// <param name="result">Filled where this process reads results.</param>
    public void Run(StepPlan plan, Message message, StepResult result)
    {
        if (group.Stage > 0)
        {
            var waiting = time.GetTimestamp();
            group.Copy.Receive(Stream(plan), group.Previous);
            _inputWait += time.GetElapsedTime(waiting).TotalSeconds;
        }
        worker.Forward(plan, 0);
        TellFigures(message);
        PassOn(message, Stream(plan));
        if (reader is not null)
        {
            worker.Read(reader, plan, result);
        }
    }

    /// <summary>Gives a plan, with its rows' residual stream, to the next stage, where there is one.</summary>
    public void PassOn(Message plan, ReadOnlySpan<byte> stream)
    {
        if (group.IsLastStage)
        {
            return;
        }
        var start = time.GetTimestamp();
        plan.Send(group.Copy, group.Next);
        if (!stream.IsEmpty)
        {
            group.Copy.Send(stream, group.Next);
        }
        _creditWait += time.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Has a result from the copy's sampler, which is another process, with what all have spent their time on.</summary>
    public void TakeResult(Message message, StepResult result)
    {
        var start = time.GetTimestamp();
        message.Receive(group.Copy, group.Sampler);
        _inputWait += time.GetElapsedTime(start).TotalSeconds;
        StepResultCodec.Read(message, result);
        Figures.Read(message);
    }

    private void TellFigures(Message message)
    {
        Span<double> own = stackalloc double[CopyFigures.Length];
        (own[0], own[1], own[2], own[3]) = (worker.BusySeconds, worker.WaitSeconds, _inputWait, _creditWait);
        if (group.IsLastStage)
        {
            Figures.Gather(group.Ranks, message, own);
        }
        else
        {
            message.Write<double>(own);
        }
    }

    private Span<byte> Stream(StepPlan plan)
    {
        var hidden = worker.Hidden[0];
        return MemoryMarshal.AsBytes(hidden.ReadAll()[..(plan.Rows * hidden.Stride)]);
    }
}
