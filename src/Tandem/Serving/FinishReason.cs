namespace Tandem.Serving;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model said so, or a stop text came.</summary>
    Stop,

    /// <summary>It has as many tokens as were asked for, or as the context has room for.</summary>
    Length,
}
