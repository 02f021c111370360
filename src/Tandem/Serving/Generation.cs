using System.Threading.Channels;
using Tandem.Plans;
using Tandem.Scheduling;
using Tandem.Text;

namespace Tandem.Serving;

/// <summary>One request on its way through the engine: its sequence, its text so far, and where its tokens go.</summary>
internal sealed class Generation
{
    private readonly GenerationRequest _request;
    private readonly Tokenizer _tokenizer;
    private readonly TimeProvider _time;
    private readonly TokenStream _text;
    private readonly StopFinder _stops;
    private readonly long _start;
    private readonly Channel<GeneratedToken> _tokens;
    private long _firstToken;

    public Generation(
        GenerationRequest request,
        SamplingParameters sampling,
        int tokensMax,
        Tokenizer tokenizer,
        TimeProvider time
    )
    {
        (_request, _tokenizer, _time) = (request, tokenizer, time);
        _text = new TokenStream(tokenizer, request.Prompt[^1]);
        _stops = new StopFinder(request.Stop);
        _start = time.GetTimestamp();
        // Never more than the request's own tokens; so a reader that is slow holds up nobody.
        _tokens = Channel.CreateUnbounded<GeneratedToken>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }
        );
        Sequence = new Sequence([.. request.Prompt], tokensMax, sampling)
        {
            Priority = request.Priority,
            Salt = request.CacheSalt,
            Owner = this,
        };
    }

    public Sequence Sequence { get; }

    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    /// <summary>Hands on a sampled token; returns whether the answer ends with it.</summary>
    public bool Take(SampledToken sampled, StepResult result)
    {
        var id = Sequence.Tokens[^1];
        _firstToken = _firstToken == 0 ? _time.GetTimestamp() : _firstToken;
        var ends = !_request.IgnoreEos && _tokenizer.EndOfGeneration.Contains(id);
        var text = ends ? "" : _stops.Push(_text.Push(id));
        FinishReason? finish =
            ends || _stops.Found ? FinishReason.Stop
            : sampled.Last ? FinishReason.Length
            : null;
        if (finish is not null && !_stops.Found)
        {
            text += _stops.Push(_text.Flush());
            text += _stops.Flush();
        }
        var wanted = Sequence.Sampling.TopLogProbabilities >= 0;
        var token = new GeneratedToken(
            id,
            text,
            wanted ? result.LogProbabilities[sampled.Row] : null,
            wanted ? Top(result, sampled.Row) : [],
            finish,
            finish is null ? null : Times()
        );
        _tokens.Writer.TryWrite(token);
        if (finish is not null)
        {
            _tokens.Writer.Complete();
        }
        return finish is not null;
    }

    /// <summary>Ends the answer with an error, or, without one, where it is.</summary>
    public void End(Exception? error) => _tokens.Writer.TryComplete(error);

    private static TokenChance[] Top(StepResult result, int row)
    {
        var top = new TokenChance[result.TopCounts[row]];
        for (var i = 0; i < top.Length; i++)
        {
            var at = row * result.TopStride + i;
            top[i] = new TokenChance(result.TopIds[at], result.TopLogProbabilities[at]);
        }
        return top;
    }

    private GenerationTimes Times() =>
        new(
            _time.GetElapsedTime(_start, _firstToken).TotalSeconds,
            _time.GetElapsedTime(_start).TotalSeconds,
            Sequence.PromptLength,
            Sequence.CachedTokens,
            Sequence.Generated
        );
}
