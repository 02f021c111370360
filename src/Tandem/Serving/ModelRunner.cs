using System.Diagnostics;
using Tandem.Devices;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>A whole model in the calling thread (and its device's team): one plan at a time.</summary>
internal sealed class ModelRunner : IModelRunner
{
    private readonly LoadedModel _model;
    private readonly TokenLog _log;
    private readonly Sampler _sampler;
    private readonly EmbeddingPool _embeddings;
    private readonly StepResult _result;
    private readonly TimeProvider _time;
    private StepPlan? _plan;

    /// <summary>A runner of a model, which it disposes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pooling">How embeddings are made.</param>
    /// <param name="windowMax">How many positions back any layer looks; null where one looks at all.</param>
    /// <param name="sequencesMax">The most sequences, and with it sampled rows, of a step.</param>
    /// <param name="topLogProbabilitiesMax">The most alternatives of a token.</param>
    /// <param name="time">Measures steps.</param>
    public ModelRunner(
        LoadedModel model,
        Pooling pooling,
        int? windowMax,
        int sequencesMax,
        int topLogProbabilitiesMax,
        TimeProvider time
    )
    {
        var shape = model.Model.Shape;
        (_model, _time) = (model, time);
        _log = new TokenLog(model.Cache.Pages, KvLayer.PageLength, windowMax ?? int.MaxValue);
        _sampler = new Sampler(shape.Vocabulary);
        _embeddings = new EmbeddingPool(pooling, sequencesMax, shape.Width);
        _result = new StepResult(sequencesMax, topLogProbabilitiesMax, shape.Width);
    }

    /// <inheritdoc/>
    public int Depth => 1;

    /// <inheritdoc/>
    public void Submit(StepPlan plan)
    {
        Debug.Assert(_plan is null, "one plan at a time");
        _plan = plan;
    }

    /// <inheritdoc/>
    /// <exception cref="InputException">The model gives no finite numbers.</exception>
    public StepResult Receive()
    {
        var plan = _plan!;
        _plan = null;
        var (start, waited) = (_time.GetTimestamp(), _model.WaitSeconds);
        _model.Forward(plan);
        _log.Record(plan);
        var logits = _model.Step.Logits;
        _sampler.Sample(plan, _log, logits.ReadAll(), logits.Stride, _result);
        if (plan.Embeds)
        {
            _embeddings.Add(plan, _model, _result);
        }
        _result.WaitSeconds = _model.WaitSeconds - waited;
        _result.ComputeSeconds = _time.GetElapsedTime(start).TotalSeconds - _result.WaitSeconds;
        return _result;
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
