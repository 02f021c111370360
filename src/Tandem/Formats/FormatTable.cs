namespace Tandem.Formats;

/// <summary>The formats that the engine reads; to add one, write its file and name it here.</summary>
public static class FormatTable
{
    /// <summary>Every format.</summary>
    public static IReadOnlyList<Format> All { get; } = [];

    /// <summary>The format with that GGUF type id, or null.</summary>
    public static Format? ByGgufType(long id) => All.FirstOrDefault(format => format.GgufType == id);

    /// <summary>The format of that name (letter case does not matter), or null.</summary>
    public static Format? ByName(string name) =>
        All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
