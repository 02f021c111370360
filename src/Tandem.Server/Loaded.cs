using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>A model that is ready to answer.</summary>
/// <param name="Engine">Computes.</param>
/// <param name="Model">Reads requests and writes responses.</param>
internal sealed record Loaded(Engine Engine, ServedModel Model);
