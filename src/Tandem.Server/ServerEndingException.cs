namespace Tandem.Server;

/// <summary>A request was still running when the server ended.</summary>
internal sealed class ServerEndingException() : Exception("the server is about to end");
