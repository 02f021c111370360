namespace Tandem.Serving.Speculation;

/// <summary>Who guesses at the next tokens of an answer, so that one step can check several (speculative decoding).</summary>
public enum SpeculationKind
{
    /// <summary>Nobody: a step chooses one token of a sequence.</summary>
    Off,

    /// <summary>The text so far: what followed its last tokens when they occurred before (<see cref="PromptLookup"/>).</summary>
    Lookup,

    /// <summary>A small model of the same vocabulary (<see cref="DraftProposer"/>).</summary>
    Draft,
}
