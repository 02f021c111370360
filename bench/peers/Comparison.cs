using System.Globalization;

namespace Tandem.Bench.Peers;

/// <summary>Runs the contenders one after the other, so many rounds, each round beginning with another of them.</summary>
internal sealed class Comparison(IReadOnlyList<Contender> contenders, Ceilings ceilings, bool arithmetic, int triesMax)
{
    /// <summary>The rounds; of each, the first try within which the ceilings kept still, else the stillest.</summary>
    public List<Round> Run(string model, int threads, Row row, int rounds)
    {
        var all = new List<Round>();
        for (var round = 0; round < rounds; round++)
        {
            var tries = new List<Round>();
            do
            {
                tries.Add(RunOnce(model, threads, row, round));
                Tell(round, tries[^1]);
            } while (tries[^1].Variation > Ceilings.VariationMax && tries.Count < triesMax);
            all.Add(tries.MinBy(one => one.Variation)!);
        }
        return all;
    }

    private Round RunOnce(string model, int threads, Row row, int first)
    {
        var figures = new Figures[contenders.Count];
        var around = new (double GBs, double GigaMacs)[contenders.Count];
        var before = ceilings.Measure(arithmetic);
        (double GBs, double GigaMacs)[] seen = [before];
        for (var i = 0; i < contenders.Count; i++)
        {
            var contender = (first + i) % contenders.Count;
            figures[contender] = contenders[contender].Run(model, threads, row);
            var after = ceilings.Measure(arithmetic);
            around[contender] = ((before.GBs + after.GBs) / 2, (before.GigaMacs + after.GigaMacs) / 2);
            before = after;
            seen = [.. seen, after];
        }
        double Variation(Func<(double GBs, double GigaMacs), double> of) => 1 - seen.Min(of) / seen.Max(of);
        var moved = Variation(ceiling => ceiling.GBs);
        return new Round(figures, around, arithmetic ? Math.Max(moved, Variation(ceiling => ceiling.GigaMacs)) : moved);
    }

    private void Tell(int number, Round round) =>
        Console.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"round {number + 1}: {string.Join(", ", contenders.Zip(round.Runs, (contender, run) => string.Create(CultureInfo.InvariantCulture, $"{contender.Name} {run.Prompt:f1} / {run.Generated:f1}")))}; ceiling {round.Around[0].GBs:f1} GB/s, moved by {round.Variation:p0}"
            )
        );
}

/// <summary>One round: what each contender reached, and the ceilings around its run.</summary>
internal sealed record Round(Figures[] Runs, (double GBs, double GigaMacs)[] Around, double Variation);
