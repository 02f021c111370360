namespace Tandem.Loading;

/// <summary>The sizes of a real model, as its publishers give them, for a file of random weights in its shape.</summary>
internal sealed record SynthShape
{
    private static readonly SynthShape s_qwen3 = new()
    {
        Name = "qwen3-0.6b",
        Architecture = "qwen3",
        Layers = 28,
        Embedding = 1024,
        FeedForward = 3072,
        Heads = 16,
        KeyValueHeads = 8,
        HeadLength = 128,
        Context = 40960,
        Vocabulary = SynthVocabulary.Qwen3,
        RopeBase = 1000000,
        Epsilon = 1e-6f,
        NormalisesHeads = true,
        TiesOutput = true,
    };

    /// <summary>Every shape.</summary>
    public static IReadOnlyList<SynthShape> All { get; } =
    [
        new()
        {
            Name = "tinyllama-1.1b",
            Layers = 22,
            Embedding = 2048,
            FeedForward = 5632,
            Heads = 32,
            KeyValueHeads = 4,
            HeadLength = 64,
            Context = 2048,
            Vocabulary = SynthVocabulary.SentencePiece(32000),
        },
        new()
        {
            Name = "llama-3.2-1b",
            Layers = 16,
            Embedding = 2048,
            FeedForward = 8192,
            Heads = 32,
            KeyValueHeads = 8,
            HeadLength = 64,
            Context = 131072,
            Vocabulary = SynthVocabulary.Llama3,
            RopeBase = 500000,
            RopeFactor = 32,
            TiesOutput = true,
        },
        new()
        {
            Name = "llama-3.1-8b",
            Layers = 32,
            Embedding = 4096,
            FeedForward = 14336,
            Heads = 32,
            KeyValueHeads = 8,
            HeadLength = 128,
            Context = 131072,
            Vocabulary = SynthVocabulary.Llama3,
            RopeBase = 500000,
            RopeFactor = 8,
        },
        s_qwen3,
        s_qwen3 with
        {
            Name = "qwen3-1.7b",
            Embedding = 2048,
            FeedForward = 6144,
        },
        // Of no real model: small enough for a test, and every row is a multiple of 256 for the K formats.
        new()
        {
            Name = "tiny",
            Layers = 4,
            Embedding = 256,
            FeedForward = 768,
            Heads = 8,
            KeyValueHeads = 4,
            HeadLength = 32,
            Context = 2048,
            Vocabulary = SynthVocabulary.SentencePiece(512),
        },
    ];

    /// <summary>The name that a user gives.</summary>
    public required string Name { get; init; }

    /// <summary>The value of <c>general.architecture</c>.</summary>
    public string Architecture { get; init; } = "llama";

    public required int Layers { get; init; }

    public required int Embedding { get; init; }

    public required int FeedForward { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadLength { get; init; }

    public required int Context { get; init; }

    public required SynthVocabulary Vocabulary { get; init; }

    public float RopeBase { get; init; } = 10000;

    /// <summary>How far the slowest frequencies of llama 3 are stretched; 0 where no frequency is.</summary>
    public float RopeFactor { get; init; }

    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Whether queries and keys are normalised head by head.</summary>
    public bool NormalisesHeads { get; init; }

    /// <summary>Whether the head is the embedding once more, and has no tensor of its own.</summary>
    public bool TiesOutput { get; init; }

    /// <summary>
    /// Llama 3's table of what each rotary frequency is divided by, or null where none is. A frequency whose wave is longer
    /// than the context of the first training is divided by the whole factor, one of less than a quarter of it by 1, and
    /// those between by something between.
    /// </summary>
    public float[]? RopeFactors()
    {
        const double FirstContext = 8192;
        const double LowTurns = 1;
        const double HighTurns = 4;
        if (RopeFactor == 0)
        {
            return null;
        }
        var factors = new float[HeadLength / 2];
        for (var i = 0; i < factors.Length; i++)
        {
            var wave = 2 * Math.PI * Math.Pow(RopeBase, 2.0 * i / HeadLength);
            var share = Math.Clamp((FirstContext / wave - LowTurns) / (HighTurns - LowTurns), 0, 1);
            factors[i] = (float)(1 / ((1 - share) / RopeFactor + share));
        }
        return factors;
    }
}
