namespace Tandem.Kernels.Generated;

/// <summary>Which kernel is to be generated.</summary>
/// <param name="Layout">How the weights lie.</param>
/// <param name="Tokens">Tokens that go through it at a time: 1, 2, 4 or 8.</param>
/// <param name="IsPacked">
/// Whether it takes packed panels and unpacks them in registers, which few tokens want; many want panels that were
/// unpacked once for all of them, a run at a time, and go on from the sums that are there.
/// </param>
internal sealed record PanelCode(PanelLayout Layout, int Tokens, bool IsPacked);
