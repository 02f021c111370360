namespace Tandem.Serving;

/// <summary>As many requests, or as many tokens of prompts, wait as may: the request was not taken.</summary>
/// <param name="message">One line with the bound.</param>
public sealed class QueueFullException(string message) : Exception(message);
