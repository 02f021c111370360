namespace Tandem.Serving.OpenAi;

/// <summary>A response as a whole.</summary>
/// <param name="Status">HTTP's code.</param>
/// <param name="Body">A JSON object.</param>
public sealed record ApiResponse(int Status, byte[] Body);
