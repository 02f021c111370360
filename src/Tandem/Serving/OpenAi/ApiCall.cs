namespace Tandem.Serving.OpenAi;

/// <summary>What a response depends on beside its request and the model.</summary>
/// <param name="Id">What tells it from all others; part of the ids in its response.</param>
/// <param name="Time">When it came.</param>
/// <param name="Seed">Chooses tokens where the request names no seed.</param>
public sealed record ApiCall(string Id, DateTimeOffset Time, ulong Seed);
