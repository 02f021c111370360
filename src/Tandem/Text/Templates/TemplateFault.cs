namespace Tandem.Text.Templates;

/// <summary>
/// What an operation of a template reports when it cannot be done. It does not know where in the template it stands;
/// the renderer adds line and column and throws <see cref="InputException"/> in its place.
/// </summary>
internal sealed class TemplateFault(string message) : Exception(message);
