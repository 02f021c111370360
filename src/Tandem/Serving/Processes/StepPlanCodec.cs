using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>
/// Writes step plans into messages and reads them again. How a sequence samples is written when it is new to its slot only, so both
/// ends must see every plan.
/// </summary>
internal sealed class StepPlanCodec
{
    private SamplingParameters?[] _sampling = new SamplingParameters?[64]; // by slot
    private StepPlan _plan = new(64, 64, 64);

    /// <summary>Writes a plan.</summary>
    public void Write(StepPlan plan, Message message)
    {
        message.Clear();
        message.Write(plan.Id);
        message.Write(plan.Rows);
        message.Write(plan.SegmentCount);
        message.Write(plan.LeftCount);
        var pages = 0;
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            pages = Math.Max(pages, segment.FirstPage + segment.PageCount);
        }
        message.Write(pages);
        message.Write<int>(plan.TokenIds.AsSpan(0, plan.Rows));
        message.Write<int>(plan.Pages.AsSpan(0, pages));
        message.Write<int>(plan.Left.AsSpan(0, plan.LeftCount));
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            Write(segment, message);
        }
    }

    /// <summary>Reads a plan; it is valid until the next call.</summary>
    public StepPlan Read(Message message)
    {
        var id = message.Read<long>();
        var (rows, segments) = (message.Read<int>(), message.Read<int>());
        var (left, pages) = (message.Read<int>(), message.Read<int>());
        MakeRoom(rows, Math.Max(segments, left), pages);
        (_plan.Id, _plan.Rows, _plan.SegmentCount, _plan.LeftCount) = (id, rows, segments, left);
        message.Read(_plan.TokenIds.AsSpan(0, rows));
        message.Read(_plan.Pages.AsSpan(0, pages));
        message.Read(_plan.Left.AsSpan(0, left));
        for (var i = 0; i < segments; i++)
        {
            _plan.Segments[i] = ReadSegment(message);
        }
        return _plan;
    }

    private void Write(in StepSegment segment, Message message)
    {
        message.Write(segment.Sequence);
        message.Write(segment.Slot);
        message.Write(segment.FirstRow);
        message.Write(segment.Rows);
        message.Write(segment.FirstPosition);
        message.Write(segment.PromptLength);
        message.Write(segment.FirstPage);
        message.Write(segment.PageCount);
        message.Write(segment.SampledRows);
        message.Write(segment.Embed);
        ref var known = ref Known(segment.Slot);
        var isKnown = ReferenceEquals(known, segment.Sampling);
        message.Write(isKnown);
        if (!isKnown)
        {
            known = segment.Sampling;
            Write(segment.Sampling, message);
        }
    }

    private StepSegment ReadSegment(Message message)
    {
        var segment = new StepSegment
        {
            Sequence = message.Read<long>(),
            Slot = message.Read<int>(),
            FirstRow = message.Read<int>(),
            Rows = message.Read<int>(),
            FirstPosition = message.Read<int>(),
            PromptLength = message.Read<int>(),
            FirstPage = message.Read<int>(),
            PageCount = message.Read<int>(),
            SampledRows = message.Read<int>(),
            Embed = message.Read<bool>(),
        };
        ref var known = ref Known(segment.Slot);
        if (!message.Read<bool>())
        {
            known = ReadSampling(message);
        }
        segment.Sampling = known!;
        return segment;
    }

    private static void Write(SamplingParameters sampling, Message message)
    {
        message.Write(sampling.Temperature);
        message.Write(sampling.TopK);
        message.Write(sampling.TopP);
        message.Write(sampling.MinP);
        message.Write(sampling.RepetitionPenalty);
        message.Write(sampling.PresencePenalty);
        message.Write(sampling.FrequencyPenalty);
        message.Write(sampling.PenaltyWindow);
        message.Write(sampling.Seed);
        message.Write(sampling.TopLogProbabilities);
        message.Write(sampling.LogitBias.Count);
        foreach (var (id, bias) in sampling.LogitBias)
        {
            message.Write(id);
            message.Write(bias);
        }
        message.Write(sampling.Replay.Count);
        foreach (var id in sampling.Replay)
        {
            message.Write(id);
        }
    }

    private static SamplingParameters ReadSampling(Message message)
    {
        var sampling = new SamplingParameters
        {
            Temperature = message.Read<float>(),
            TopK = message.Read<int>(),
            TopP = message.Read<float>(),
            MinP = message.Read<float>(),
            RepetitionPenalty = message.Read<float>(),
            PresencePenalty = message.Read<float>(),
            FrequencyPenalty = message.Read<float>(),
            PenaltyWindow = message.Read<int>(),
            Seed = message.Read<ulong>(),
            TopLogProbabilities = message.Read<int>(),
        };
        var biases = new KeyValuePair<int, float>[message.Read<int>()];
        for (var i = 0; i < biases.Length; i++)
        {
            biases[i] = new(message.Read<int>(), message.Read<float>());
        }
        var replay = new int[message.Read<int>()];
        message.Read<int>(replay);
        return sampling with { LogitBias = biases, Replay = replay };
    }

    private ref SamplingParameters? Known(int slot)
    {
        if (slot >= _sampling.Length)
        {
            Array.Resize(ref _sampling, Math.Max(slot + 1, 2 * _sampling.Length));
        }
        return ref _sampling[slot];
    }

    private void MakeRoom(int rows, int segments, int pages)
    {
        if (rows > _plan.TokenIds.Length || segments > _plan.Segments.Length || pages > _plan.Pages.Length)
        {
            _plan = new StepPlan(
                Math.Max(rows, 2 * _plan.TokenIds.Length),
                Math.Max(segments, 2 * _plan.Segments.Length),
                Math.Max(pages, 2 * _plan.Pages.Length)
            );
        }
    }
}
