namespace Tandem.Scheduling;

/// <summary>What a complete step brought a sequence; it may bring several, one behind the other, where tokens were proposed.</summary>
/// <param name="Sequence">The sequence; its tokens include this one, and those that the step brought behind it.</param>
/// <param name="Row">The row in the step's result: of the token, or of the embedding; −1 where a prompt alone was computed.</param>
/// <param name="Last">Whether the sequence ends with it, as it has as many tokens as were asked for or as there is room for.</param>
internal readonly record struct SampledToken(Sequence Sequence, int Row, bool Last);
