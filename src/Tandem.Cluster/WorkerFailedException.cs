namespace Tandem.Cluster;

/// <summary>A worker's process has died or failed, and with it the run; the message names it.</summary>
public sealed class WorkerFailedException(string message) : Exception(message);
