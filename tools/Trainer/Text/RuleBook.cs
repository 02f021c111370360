using System.Reflection;

namespace Tandem.Trainer.Text;

/// <summary>
/// The grammar as its data files have it: rules with alternatives ("= name"), word lists (": name") and plots
/// ("@ name kinds"). The files themselves explain what may stand in a text.
/// </summary>
internal sealed class RuleBook
{
    private readonly Dictionary<string, List<string>> _rules = [];
    private readonly List<Plot> _plots = [];

    /// <summary>Reads embedded data files by their names.</summary>
    public RuleBook(params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            Read(Lines(file));
        }
    }

    /// <summary>All plots.</summary>
    public IReadOnlyList<Plot> Plots => _plots;

    /// <summary>The alternatives of a rule, or the words of a list.</summary>
    public IReadOnlyList<string> Rule(string name) =>
        _rules.TryGetValue(name, out var alternatives)
            ? alternatives
            : throw new InputException($"the grammar has no rule '{name}', but a text asks for it");

    /// <summary>Whether there is such a rule.</summary>
    public bool Has(string name) => _rules.ContainsKey(name);

    /// <summary>The lines of an embedded data file, without comments.</summary>
    public static IEnumerable<string> Lines(string file)
    {
        var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new InputException($"data file '{file}' is not embedded");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                yield return line.Trim();
            }
        }
    }

    private void Read(IEnumerable<string> lines)
    {
        List<string> current = [];
        var commas = false;
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            switch (line[0])
            {
                case '=' or ':':
                    commas = line[0] == ':';
                    _rules.Add(line[1..].Trim(), current = []);
                    break;
                case '@':
                    commas = false;
                    var words = line[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    _plots.Add(new Plot(words[0], words[1..], current = []));
                    break;
                default:
                    current.AddRange(commas ? line.Split(',', StringSplitOptions.TrimEntries) : [line]);
                    break;
            }
        }
    }

    /// <summary>A plot: all its lines in order.</summary>
    /// <param name="Name">What happens.</param>
    /// <param name="Kinds">Kinds of subject that it suits.</param>
    /// <param name="Lines">Its lines.</param>
    internal sealed record Plot(string Name, IReadOnlyList<string> Kinds, IReadOnlyList<string> Lines);
}
