namespace Tandem.Planning.Profiles;

/// <summary>A cache.</summary>
/// <param name="Level">How far it is from the unit, from 1.</param>
/// <param name="Bytes">Its size.</param>
public sealed record CacheSize(int Level, long Bytes);
