using Tandem.Plans;

namespace Tandem.Cli.Options;

/// <summary>What somebody says of how a model is to be split.</summary>
/// <param name="Request">The plan; null for <c>auto</c>, which leaves it to be chosen.</param>
internal sealed record AskedPlan(PlanRequest? Request);
