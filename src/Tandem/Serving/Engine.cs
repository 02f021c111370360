using System.Globalization;
using System.Runtime.CompilerServices;
using Tandem.Kernels;
using Tandem.Plans;
using Tandem.Serving.Simulation;
using Tandem.Text;

namespace Tandem.Serving;

/// <summary>
/// A model that answers: any number of requests at the same time, from any threads. Each step computes the next tokens of all that run.
/// It may be disposed at any time; requests that have not ended then end with <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class Engine : IAsyncDisposable
{
    private readonly ReplicaPool _replicas;
    private readonly EngineOptions _options;

    internal Engine(ReplicaPool replicas, EngineOptions options) => (_replicas, _options) = (replicas, options);

    /// <summary>The model's header.</summary>
    public required ModelHeader Header { get; init; }

    /// <summary>Its tokenizer.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>How many token ids it has logits for.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Length of an embedding.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>How tokens are chosen where a request does not say: the file's own settings, else the engine's.</summary>
    public required SamplingParameters DefaultSampling { get; init; }

    /// <summary>Positions that a sequence may have, prompt and answer together.</summary>
    public required int Context { get; init; }

    /// <summary>Positions that the cache has room for, over all sequences.</summary>
    public required long CachePositions { get; init; }

    /// <summary>Who has what of the model.</summary>
    public required Plan Plan { get; init; }

    /// <summary>What its profile expects of requests; null where nothing is known of the machine.</summary>
    public Forecast? Forecast { get; init; }

    /// <summary>What multiplies with quantised weights: <c>avx512</c>, or the instructions of the kernels in C#.</summary>
    public string Kernels => KernelSet.Describe(_options.Kernels);

    /// <summary>The fastest kernels that this machine has, named like <see cref="Kernels"/>.</summary>
    public static string FastestKernels => KernelSet.Describe(KernelChoice.Fastest);

    /// <summary>What it is doing and has done.</summary>
    public EngineStatistics Statistics => _replicas.Statistics;

    /// <summary>What has ended one of its copies, whose requests have failed with it; null where none has failed.</summary>
    public Exception? Failure => _replicas.Failure;

    /// <summary>Loads a model.</summary>
    /// <param name="options">Which one, and how.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="InputException">The options contradict each other, the file makes no sense, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<Engine> LoadAsync(
        EngineOptions options,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default
    ) => Task.Run(() => EngineLoader.Load(options, progress, cancellationToken), cancellationToken);

    /// <summary>
    /// Continues a prompt; tokens come as they are made, and wait where the reader is slow. The request is made when the enumeration
    /// begins; leaving the enumeration ends it.
    /// </summary>
    /// <param name="request">The prompt and how to go on.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="InputException">The prompt is empty, has unknown ids, or leaves no room for a token; or a number is out of its range.</exception>
    /// <exception cref="QueueFullException">As many requests wait as may.</exception>
    /// <exception cref="QueueTimeoutException">It waited longer than it may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed, or was while the request ran.</exception>
    /// <exception cref="InvalidOperationException">The engine has failed.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var answer = Start([request])[0];
        // A reader that is not reading must not keep a cancelled request going.
        using var registration = cancellationToken.UnsafeRegister(_ => answer.Cancel(), null);
        while (await answer.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (answer.TryRead(out var token))
            {
                yield return token;
            }
        }
    }

    /// <summary>Continues several prompts at the same time: all of them are taken, or none. Who reads the answers disposes them.</summary>
    /// <param name="requests">The prompts and how to go on.</param>
    /// <param name="client">Who asks: where requests wait, clients take turns.</param>
    /// <returns>The answers, in the order of their requests.</returns>
    /// <exception cref="InputException">A prompt is empty, has unknown ids, or leaves no room for a token; or a number is out of its range.</exception>
    /// <exception cref="QueueFullException">As many requests wait as may.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public IReadOnlyList<Generation> Start(IReadOnlyList<GenerationRequest> requests, string client = "")
    {
        var jobs = new GenerationJob[requests.Count];
        for (var i = 0; i < jobs.Length; i++)
        {
            var sampling = requests[i].Sampling ?? DefaultSampling;
            Check(requests[i], sampling);
            jobs[i] = new GenerationJob(requests[i], sampling, Tokenizer, _options.Time);
        }
        _replicas.Submit(jobs, client);
        return [.. jobs.Select(job => new Generation(job))];
    }

    /// <summary>
    /// The embeddings of texts: hidden states pooled as the model's file says, of length 1, [texts][<see cref="EmbeddingLength"/>]. All
    /// of them are taken, or none.
    /// </summary>
    /// <param name="texts">The token ids of each text, at least one.</param>
    /// <param name="client">Who asks: where requests wait, clients take turns.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="InputException">A text has no tokens, one is not of the vocabulary, or they do not fit the context.</exception>
    /// <exception cref="QueueFullException">As many requests wait as may.</exception>
    /// <exception cref="QueueTimeoutException">It waited longer than it may.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed, or was while the request ran.</exception>
    /// <exception cref="InvalidOperationException">The engine has failed.</exception>
    public async Task<float[][]> EmbedAsync(
        IReadOnlyList<IReadOnlyList<int>> texts,
        string client = "",
        CancellationToken cancellationToken = default
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var text in texts)
        {
            CheckTokens(text);
        }
        EmbeddingJob[] jobs = [.. texts.Select(text => new EmbeddingJob(text, _options.Time))];
        _replicas.Submit(jobs, client);
        void CancelAll()
        {
            foreach (var job in jobs)
            {
                job.Cancel();
            }
        }
        using var registration = cancellationToken.UnsafeRegister(_ => CancelAll(), null);
        try
        {
            return await Task.WhenAll(jobs.Select(job => job.Embedding.WaitAsync(cancellationToken)))
                .ConfigureAwait(false);
        }
        catch (Exception)
        {
            CancelAll();
            throw;
        }
    }

    /// <summary>Ends the loop after the step under way, and all requests, and releases the memory.</summary>
    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    private void Check(GenerationRequest request, SamplingParameters sampling)
    {
        CheckTokens([.. request.Prompt, .. request.Echo]);
        sampling.Check(Vocabulary);
        if (request.MaxTokens < (request.Echo.Count > 0 ? 0 : 1))
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{request.MaxTokens} tokens were asked for, expected at least 1"
                )
            );
        }
        if (sampling.TopLogProbabilities > _options.TopLogProbabilitiesMax)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"log-probabilities of {sampling.TopLogProbabilities} tokens were asked for, expected at most {_options.TopLogProbabilitiesMax}"
                )
            );
        }
    }

    private void CheckTokens(IReadOnlyList<int> tokens)
    {
        if (tokens.Count == 0)
        {
            throw new InputException("the prompt has no tokens, expected at least one");
        }
        TokenIds.RequireKnown(tokens, Vocabulary);
    }
}
