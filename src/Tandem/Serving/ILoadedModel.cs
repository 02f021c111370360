using Tandem.Models;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>A model in memory, or the part of it that this process holds.</summary>
internal interface ILoadedModel : IDisposable
{
    /// <summary>What kind of decoder it is.</summary>
    DecoderShape Shape { get; }

    /// <summary>Who has what.</summary>
    Plan Plan { get; }

    /// <summary>What runs each copy; the runners dispose all but the weights.</summary>
    /// <param name="output">What is made of their steps.</param>
    /// <param name="time">Measures steps.</param>
    IReadOnlyList<IModelRunner> NewRunners(StepOutput output, TimeProvider time);

    /// <summary>Releases the weights, once nobody runs them.</summary>
    void ReleaseWeights();
}
