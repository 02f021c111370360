using Tandem.Plans;

namespace Tandem.Serving.Processes;

/// <summary>Writes the results of steps into messages and reads them again; both ends' results have the same bounds.</summary>
internal static class StepResultCodec
{
    /// <summary>Writes a result.</summary>
    /// <param name="plan">The step's plan.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="message">Where it goes.</param>
    public static void Write(StepPlan plan, StepResult result, Message message)
    {
        var (count, alternatives) = (result.Count, result.Count * result.TopStride);
        message.Clear();
        message.Write(result.Id);
        message.Write(count);
        message.Write(result.ComputeSeconds);
        message.Write(result.WaitSeconds);
        message.Write<int>(result.TokenIds.AsSpan(0, count));
        message.Write<float>(result.LogProbabilities.AsSpan(0, count));
        message.Write<int>(result.TopCounts.AsSpan(0, count));
        message.Write<int>(result.TopIds.AsSpan(0, alternatives));
        message.Write<float>(result.TopLogProbabilities.AsSpan(0, alternatives));
        message.Write<float>(result.Logits.AsSpan(0, count * result.LogitsLength));
        var embeddings = EmbeddingsOf(plan);
        message.Write(embeddings);
        message.Write<float>(result.Embeddings.AsSpan(0, embeddings * result.EmbeddingLength));
    }

    /// <summary>Reads a result.</summary>
    public static void Read(Message message, StepResult result)
    {
        result.Id = message.Read<long>();
        result.Count = message.Read<int>();
        result.ComputeSeconds = message.Read<double>();
        result.WaitSeconds = message.Read<double>();
        var (count, alternatives) = (result.Count, result.Count * result.TopStride);
        message.Read(result.TokenIds.AsSpan(0, count));
        message.Read(result.LogProbabilities.AsSpan(0, count));
        message.Read(result.TopCounts.AsSpan(0, count));
        message.Read(result.TopIds.AsSpan(0, alternatives));
        message.Read(result.TopLogProbabilities.AsSpan(0, alternatives));
        message.Read(result.Logits.AsSpan(0, count * result.LogitsLength));
        message.Read(result.Embeddings.AsSpan(0, message.Read<int>() * result.EmbeddingLength));
    }

    private static int EmbeddingsOf(StepPlan plan)
    {
        var count = 0;
        foreach (ref readonly var segment in plan.Segments.AsSpan(0, plan.SegmentCount))
        {
            count += segment.Embed ? 1 : 0;
        }
        return count;
    }
}
