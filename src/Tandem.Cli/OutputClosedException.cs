namespace Tandem.Cli;

/// <summary>Whoever read the output has enough of it: the program ends, and nothing is wrong.</summary>
internal sealed class OutputClosedException : Exception;
