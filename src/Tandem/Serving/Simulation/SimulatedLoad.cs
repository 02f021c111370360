using System.Globalization;

namespace Tandem.Serving.Simulation;

/// <summary>Makes loads.</summary>
public static class SimulatedLoad
{
    private const int LengthMin = 8;

    /// <summary>Equal requests that arrive as a Poisson process.</summary>
    /// <param name="count">How many.</param>
    /// <param name="rate">How many arrive in a second, on average.</param>
    /// <param name="promptTokens">Tokens of each prompt.</param>
    /// <param name="answerTokens">Tokens of each answer.</param>
    /// <param name="seed">The same gives the same load.</param>
    public static IReadOnlyList<SimulatedRequest> Poisson(
        int count,
        double rate,
        int promptTokens,
        int answerTokens,
        int seed
    )
    {
        var random = new Random(seed);
        var load = new SimulatedRequest[count];
        var at = 0.0;
        for (var i = 0; i < count; i++)
        {
            load[i] = new SimulatedRequest(at, promptTokens, answerTokens);
            at -= Math.Log(1 - random.NextDouble()) / rate;
        }
        return load;
    }

    /// <summary>The first requests of a trace: a line of names, then lines of time, prompt tokens and answer tokens.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="divide">Divides their lengths; 8 tokens are left at least.</param>
    /// <param name="stretch">Multiplies the gaps between them.</param>
    /// <exception cref="InputException">It cannot be read, or has other lines.</exception>
    public static IReadOnlyList<SimulatedRequest> ReadTrace(string path, int count, double divide, double stretch)
    {
        try
        {
            var load = new List<SimulatedRequest>();
            DateTime? first = null;
            foreach (var (number, line) in File.ReadLines(path).Index().Skip(1).Take(count))
            {
                var row = Row(path, number + 1, line);
                first ??= row.At;
                int Length(int tokens) => Math.Max(LengthMin, (int)(tokens / divide));
                load.Add(
                    new SimulatedRequest(
                        (row.At - first.Value).TotalSeconds * stretch,
                        Length(row.Prompt),
                        Length(row.Answer)
                    )
                );
            }
            return load;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Requests that arrive in a second, on average; null where all come at once.</summary>
    public static double? RequestsPerSecond(IReadOnlyList<SimulatedRequest> load)
    {
        var seconds = load.Max(request => request.AtSeconds) - load.Min(request => request.AtSeconds);
        return seconds > 0 ? (load.Count - 1) / seconds : null;
    }

    /// <summary>The same requests, arriving so many times as fast.</summary>
    public static IReadOnlyList<SimulatedRequest> Faster(IReadOnlyList<SimulatedRequest> load, double factor) =>
        factor == 1 ? load : [.. load.Select(request => request with { AtSeconds = request.AtSeconds / factor })];

    private static (DateTime At, int Prompt, int Answer) Row(string path, int number, string line)
    {
        var parts = line.Split(',');
        if (
            parts.Length == 3
            && DateTime.TryParse(parts[0], CultureInfo.InvariantCulture, out var at)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var prompt)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var answer)
        )
        {
            return (at, prompt, answer);
        }
        throw new InputException(
            $"{path}, line {number}: found '{line}', expected a time, prompt tokens and answer tokens, separated by commas"
        );
    }
}
