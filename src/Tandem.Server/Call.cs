using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>One request over HTTP: what it is called, when it came, and what is to be told of it afterwards.</summary>
internal sealed class Call
{
    private const int IdBytes = 12;

    private Call(ApiCall api) => Api = api;

    /// <summary>Its id, time and seed.</summary>
    public ApiCall Api { get; }

    /// <summary>Tokens of its prompts.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Tokens of its answers, as far as they have come.</summary>
    public int GeneratedTokens { get; private set; }

    /// <summary>The times of its answers that have ended; of one thread at a time.</summary>
    public List<GenerationTimes> Answers { get; } = [];

    /// <summary>The name of the key that it came with, or null.</summary>
    public string? Key { get; set; }

    /// <summary>When the engine was asked, or null.</summary>
    public DateTimeOffset? Began { get; set; }

    /// <summary>Answers of others that were under way by then.</summary>
    public int Others { get; set; }

    /// <summary>What each worker had done by then, where a trace wants it.</summary>
    public IReadOnlyList<WorkerFigures>? Workers { get; set; }

    /// <summary>What went wrong, or null.</summary>
    public Exception? Error { get; set; }

    /// <summary>A request that has just come.</summary>
    public static Call Begin(TimeProvider time)
    {
        Span<byte> id = stackalloc byte[IdBytes + sizeof(ulong)];
        RandomNumberGenerator.Fill(id);
        return new Call(
            new ApiCall(Convert.ToHexStringLower(id[..IdBytes]), time.GetUtcNow(), BitConverter.ToUInt64(id[IdBytes..]))
        );
    }

    /// <summary>The call that a context belongs to.</summary>
    public static Call Of(HttpContext context) => context.Features.GetRequiredFeature<Call>();

    /// <summary>Notes how many tokens answers have taken, whether they have come to their end or were cut short.</summary>
    /// <param name="answers">All answers to a prompt, then all to the next.</param>
    /// <param name="answersAPrompt">How many answers each prompt has.</param>
    public void Note(IReadOnlyList<Generation> answers, int answersAPrompt)
    {
        PromptTokens = answers.Where((_, i) => i % answersAPrompt == 0).Sum(answer => answer.PromptTokens);
        GeneratedTokens = answers.Sum(answer => answer.GeneratedTokens);
    }

    /// <summary>Notes the number of tokens of texts that were embedded.</summary>
    public void NotePrompt(int tokens) => PromptTokens = tokens;
}
