namespace Tandem.Serving.Simulation;

/// <summary>A request of a simulated load.</summary>
/// <param name="AtSeconds">When it arrives, from the load's begin; of no meaning in a closed loop.</param>
/// <param name="PromptTokens">Tokens of its prompt.</param>
/// <param name="AnswerTokens">Tokens of its answer.</param>
public sealed record SimulatedRequest(double AtSeconds, int PromptTokens, int AnswerTokens);
