namespace Tandem.Plans;

/// <summary>
/// What came of a step: one token for each sampled row, in the order of the plan's segments and rows. Allocated once
/// and refilled.
/// </summary>
/// <param name="sampledRowsMax">The most rows that a step may sample.</param>
/// <param name="topLogProbabilitiesMax">The most alternatives reported for one row.</param>
/// <param name="embeddingLength">Length of an embedding; 0 where the model gives none.</param>
/// <param name="logitsLength">Logits of a row, where they are wanted as they are; else 0.</param>
public sealed class StepResult(
    int sampledRowsMax,
    int topLogProbabilitiesMax,
    int embeddingLength = 0,
    int logitsLength = 0
)
{
    /// <summary>The id of the plan that this answers.</summary>
    public long Id { get; set; }

    /// <summary>How many tokens there are.</summary>
    public int Count { get; set; }

    /// <summary>The chosen ids; −1 where a row's own token was a guess that turned out wrong, or followed one.</summary>
    public int[] TokenIds { get; } = new int[sampledRowsMax];

    /// <summary>Natural log-probability of each chosen id before temperature and cuts; meaningful where it was asked for.</summary>
    public float[] LogProbabilities { get; } = new float[sampledRowsMax];

    /// <summary>How many alternatives each row has.</summary>
    public int[] TopCounts { get; } = new int[sampledRowsMax];

    /// <summary>Room for alternatives of a row; those of row r begin at r × this.</summary>
    public int TopStride { get; } = topLogProbabilitiesMax;

    /// <summary>Ids of the most likely tokens, most likely first, [rows, TopStride].</summary>
    public int[] TopIds { get; } = new int[sampledRowsMax * topLogProbabilitiesMax];

    /// <summary>Their natural log-probabilities, [rows, TopStride].</summary>
    public float[] TopLogProbabilities { get; } = new float[sampledRowsMax * topLogProbabilitiesMax];

    /// <summary>Length of an embedding.</summary>
    public int EmbeddingLength { get; } = embeddingLength;

    /// <summary>
    /// Pooled hidden states of the segments that embed, in their order, [segments, <see cref="EmbeddingLength"/>];
    /// meaningful for those whose prompt ends with this step.
    /// </summary>
    public float[] Embeddings { get; } = new float[sampledRowsMax * embeddingLength];

    /// <summary>Logits of a row, where they are wanted as they are; else 0.</summary>
    public int LogitsLength { get; } = logitsLength;

    /// <summary>The logits of the sampled rows, [rows, <see cref="LogitsLength"/>].</summary>
    public float[] Logits { get; } = new float[sampledRowsMax * logitsLength];

    /// <summary>Time spent computing, in seconds.</summary>
    public double ComputeSeconds { get; set; }

    /// <summary>Time spent waiting for other workers, in seconds.</summary>
    public double WaitSeconds { get; set; }
}
