using System.Globalization;

namespace Tandem.Bench.Serve;

/// <summary>One request of a load.</summary>
/// <param name="At">When it is sent, from the load's begin; of no meaning in a closed loop.</param>
/// <param name="Prompt">Tokens of its prompt.</param>
/// <param name="Answer">Tokens of its answer.</param>
internal sealed record Load(TimeSpan At, int Prompt, int Answer)
{
    private const int LengthMin = 8;

    /// <summary>Requests of equal length, at a fixed rate or as a Poisson process.</summary>
    public static Load[] Of(string arrival, int count, double rate, int prompt, int answer, int seed)
    {
        if (arrival is not ("closed" or "fixed" or "poisson"))
        {
            throw new ArgumentException($"found the arrival '{arrival}', expected closed, fixed or poisson");
        }
        var random = new Random(seed);
        var at = 0d;
        var load = new Load[count];
        for (var i = 0; i < count; i++)
        {
            load[i] = new Load(TimeSpan.FromSeconds(at), prompt, answer);
            at += (arrival == "poisson" ? -Math.Log(1 - random.NextDouble()) : 1) / rate;
        }
        return load;
    }

    /// <summary>The first requests of a trace.</summary>
    public static Load[] OfTrace(string file, int count, double divide, double stretch)
    {
        var rows = File.ReadLines(file).Skip(1).Take(count).Select(line => line.Split(',')).ToArray();
        static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture);
        int Length(string text) => Math.Max(LengthMin, (int)(int.Parse(text, CultureInfo.InvariantCulture) / divide));
        return
        [
            .. rows.Select(row => new Load(
                (Time(row[0]) - Time(rows[0][0])) * stretch,
                Length(row[1]),
                Length(row[2])
            )),
        ];
    }
}
