namespace Tandem.Formats;

/// <summary>The formats that the engine reads; to add one, write its file and name it here.</summary>
public static class FormatTable
{
    /// <summary>Every format.</summary>
    public static IReadOnlyList<Format> All { get; } =
    [
        new F32(),
        new F16(),
        new BF16(),
        new Q8_0(),
        new Q4_0(),
        new Q4_1(),
        new Q5_0(),
        new Q5_1(),
        new Q2_K(),
        new Q3_K(),
        new Q4_K(),
        new Q5_K(),
        new Q6_K(),
        new IQ4_NL(),
        new IQ4_XS(),
    ];

    /// <summary>The format with that GGUF type id, or null.</summary>
    public static Format? ByGgufType(long id) => All.FirstOrDefault(format => format.GgufType == id);

    /// <summary>The format of that name (letter case does not matter), or null.</summary>
    public static Format? ByName(string name) =>
        All.FirstOrDefault(format => format.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
