namespace Tandem.Serving;

/// <summary>A token and its natural log-probability.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="LogProbability">Before temperature and cuts.</param>
public readonly record struct TokenChance(int Id, float LogProbability);
