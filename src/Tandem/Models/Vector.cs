using Tandem.Devices;
using Tandem.Plans;

namespace Tandem.Models;

/// <summary>A vector of weights, such as a norm's or a bias; the loader fills it.</summary>
/// <param name="Source">The tensor that holds it.</param>
/// <param name="FirstValue">Where it begins within that tensor.</param>
/// <param name="Values">One row on the device.</param>
internal sealed record Vector(TensorInfo Source, int FirstValue, Tensor Values);
