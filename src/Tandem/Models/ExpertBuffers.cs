using Tandem.Devices;

namespace Tandem.Models;

/// <summary>Buffers of a layer of experts; a row takes as many slots as it has experts.</summary>
/// <param name="Scores">(T, experts).</param>
/// <param name="Routing">Who goes where.</param>
/// <param name="Input">(slots, width).</param>
/// <param name="Product">(slots, width).</param>
internal sealed record ExpertBuffers(Tensor Scores, Routing Routing, Activation Input, Tensor Product);
