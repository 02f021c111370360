namespace Tandem.Server;

/// <summary>Marks a path whose requests are measured.</summary>
/// <param name="Name">What they ask, in OpenTelemetry's words, such as <c>chat</c>.</param>
internal sealed record Operation(string Name);
