using Tandem.Planning.Search;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>How a model is to be split, and what is expected of it.</summary>
/// <param name="Request">The plan.</param>
/// <param name="StepTokensMax">The most tokens in a step.</param>
/// <param name="Choice">What is expected, and of what else; null where nothing is known of the machine.</param>
public sealed record PlanDecision(PlanRequest Request, int StepTokensMax, PlanChoice? Choice);
