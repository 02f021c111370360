using System.Threading.Channels;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Text;

namespace Tandem.Serving;

/// <summary>
/// A request for an answer on its way through the engine. Sampled tokens become text here, and wait for whoever reads them: without
/// bound but that of the request's own length, so that a slow reader holds up nobody.
/// </summary>
internal sealed class GenerationJob : Job
{
    private readonly GenerationRequest _request;
    private readonly IReadOnlySet<int> _endOfGeneration;
    private readonly TokenStream _text;
    private readonly StopFinder _stops;
    private readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }
    );

    /// <summary>A request that is to be submitted.</summary>
    /// <exception cref="InputException">A stop text is empty.</exception>
    public GenerationJob(GenerationRequest request, SamplingParameters sampling, Tokenizer tokenizer, TimeProvider time)
        : base(SequenceOf(request, sampling), time, request.Echo.Count)
    {
        _request = request;
        _endOfGeneration = tokenizer.EndOfGeneration;
        _text = new TokenStream(tokenizer, request.Prompt[^1]);
        _stops = new StopFinder(request.Stop);
    }

    /// <summary>The answer's tokens, for one reader.</summary>
    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    /// <inheritdoc/>
    public override bool Deliver(SampledToken sampled, StepResult result)
    {
        var id = result.TokenIds[sampled.Row];
        var seconds = Timing.Token();
        var (text, finish) = Read(id, sampled.Last);
        var wanted = Sequence.Sampling.TopLogProbabilities >= 0;
        var token = new GeneratedToken(
            id,
            text,
            wanted ? result.LogProbabilities[sampled.Row] : null,
            Top(result, sampled.Row),
            seconds,
            finish,
            finish is null ? null : Timing.Times(Sequence, seconds)
        );
        _tokens.Writer.TryWrite(token);
        if (finish is not null)
        {
            _tokens.Writer.TryComplete();
        }
        return finish is not null;
    }

    /// <inheritdoc/>
    public override void End(Exception? error) => _tokens.Writer.TryComplete(error);

    private static Sequence SequenceOf(GenerationRequest request, SamplingParameters sampling)
    {
        var echo = request.Echo.Count;
        return new Sequence(
            [.. request.Prompt],
            Math.Min(request.MaxTokens, int.MaxValue - echo) + echo,
            echo > 0 ? sampling with { Replay = request.Echo } : sampling
        )
        {
            Priority = request.Priority,
            Salt = request.CacheSalt,
        };
    }

    private (string Text, FinishReason? Finish) Read(int id, bool last)
    {
        if (Timing.IsEcho)
        {
            return (_text.Push(id), last ? FinishReason.Length : null);
        }
        if ((!_request.IgnoreEos && _endOfGeneration.Contains(id)) || _request.StopTokens.Contains(id))
        {
            return (Rest(), FinishReason.Stop);
        }
        var text = _stops.Push(_text.Push(id));
        if (!_stops.Found && last)
        {
            text += Rest();
        }
        return _stops.Found ? (text, FinishReason.Stop) : (text, last ? FinishReason.Length : null);
    }

    // What was held back for a character, or a stop text, that did not come.
    private string Rest() => _stops.Push(_text.Flush()) + _stops.Flush();

    private static TokenChance[] Top(StepResult result, int row)
    {
        var count = result.TopCounts[row];
        if (count == 0)
        {
            return [];
        }
        var top = new TokenChance[count];
        for (var i = 0; i < count; i++)
        {
            var at = row * result.TopStride + i;
            top[i] = new TokenChance(result.TopIds[at], result.TopLogProbabilities[at]);
        }
        return top;
    }
}
