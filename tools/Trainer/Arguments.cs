using System.Globalization;
using System.Numerics;

namespace Tandem.Trainer;

/// <summary>A command line: one command, then texts and "--name value" pairs.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];
    private readonly List<string> _texts = [];

    /// <summary>Reads a command line.</summary>
    /// <exception cref="InputException">An option has no value.</exception>
    public Arguments(string[] line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (!line[i].StartsWith("--", StringComparison.Ordinal))
            {
                _texts.Add(line[i]);
            }
            else if (i + 1 < line.Length)
            {
                _values[line[i]] = line[++i];
            }
            else
            {
                throw new InputException($"option {line[i]} has no value");
            }
        }
    }

    /// <summary>The command, or "" where there is none.</summary>
    public string Command => _texts.Count > 0 ? _texts[0] : "";

    /// <summary>The words behind the command.</summary>
    public string Text => string.Join(' ', _texts.Skip(1));

    /// <summary>The value of an option.</summary>
    public string String(string name, string fallback) => _values.GetValueOrDefault(name, fallback);

    /// <summary>The value of an option that is a number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public T Number<T>(string name, T fallback)
        where T : INumber<T>
    {
        if (!_values.TryGetValue(name, out var value))
        {
            return fallback;
        }
        return T.TryParse(value, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InputException($"option {name} is '{value}', expected a number");
    }
}
