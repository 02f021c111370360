namespace Tandem.Text;

/// <summary>What messages quote from a file.</summary>
internal static class Excerpt
{
    private const int LengthMax = 60;

    /// <summary>The text, or its beginning where it is long.</summary>
    public static string Of(string text) => text.Length <= LengthMax ? text : text[..LengthMax] + "…";
}
