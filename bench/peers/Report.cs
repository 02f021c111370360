using Tandem.Bench.Measuring;

namespace Tandem.Bench.Peers;

/// <summary>
/// Prints the table, a row as soon as it is measured: medians, and quartiles in brackets. What belongs below the table goes to
/// <paramref name="notes"/>.
/// </summary>
internal sealed class Report(string model, int threads, Ceilings ceilings, List<string> notes)
{
    public static void Begin()
    {
        Console.WriteLine(
            "| model | threads | what | Tandem, tokens/s | share of the ceiling | peer | tokens/s | share of the ceiling | ratio | plan; kernels |"
        );
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
    }

    /// <summary>A row for the prompt and one for generation, against each contender behind the first.</summary>
    public void Print(IReadOnlyList<Contender> contenders, List<Round> rounds, Row row, string description)
    {
        if (row.Prompt > 0)
        {
            var peak = Spread.Of(rounds.Select(round => round.Around[0].GigaMacs)).Median;
            Print(
                $"prompt {row.Prompt}",
                contenders,
                rounds,
                (round, who) => round.Runs[who].Prompt,
                (round, who) => round.Runs[who].Prompt * ceilings.GigaMacsAToken / round.Around[who].GigaMacs,
                Text($"{ceilings.Arithmetic}, {peak:f0} GMAC/s"),
                description
            );
        }
        if (row.Generate > 0)
        {
            Print(
                $"generate {row.Generate}",
                contenders,
                rounds,
                (round, who) => round.Runs[who].Generated,
                (round, who) => round.Runs[who].Generated * ceilings.GigabytesAToken / round.Around[who].GBs,
                Read(rounds),
                description
            );
        }
        Tell(rounds);
    }

    /// <summary>
    /// A row for several sequences at once against each contender behind the second, which is the first one with a single sequence.
    /// </summary>
    public void PrintSeveral(IReadOnlyList<Contender> contenders, List<Round> rounds, Row row, string description)
    {
        Contender[] others = [contenders[0], .. contenders.Skip(2)];
        List<Round> apart =
        [
            .. rounds.Select(round => new Round(
                [round.Runs[0], .. round.Runs.Skip(2)],
                [round.Around[0], .. round.Around.Skip(2)],
                round.Variation
            )),
        ];
        Print(
            $"generate {row.Generate}, {row.Sequences} sequences at once",
            others,
            apart,
            (round, who) => round.Runs[who].Generated,
            (round, who) =>
                round.Runs[who].Generated / row.Sequences * ceilings.GigabytesAToken / round.Around[who].GBs,
            Read(rounds),
            description
        );
        var slower = Spread.Of(
            rounds.Select(round => row.Sequences * round.Runs[1].Generated / round.Runs[0].Generated)
        );
        var alone = Spread.Of(rounds.Select(round => round.Runs[1].Generated));
        notes.Add(
            Text(
                $"{model}, {threads} threads: TPOT of {row.Sequences} sequences is {Two(slower)} times that of one, which generates {One(alone)} tokens/s"
            )
        );
        if (contenders.Count == 2)
        {
            notes.Add("No peer's program for several sequences was given.");
        }
        Tell(rounds);
    }

    private void Print(
        string what,
        IReadOnlyList<Contender> contenders,
        List<Round> rounds,
        Func<Round, int, double> speed,
        Func<Round, int, double> share,
        string ceiling,
        string description
    )
    {
        Spread Over(Func<Round, double> value) => Spread.Of(rounds.Select(value));
        string Share(int who) => Text($"{Percent(Over(round => share(round, who)))} of {ceiling}");
        var ours = $"{model} | {threads} | {what} | {One(Over(round => speed(round, 0)))} | {Share(0)}";
        if (contenders.Count == 1)
        {
            Console.WriteLine($"| {ours} | | | | | {description} |");
        }
        for (var who = 1; who < contenders.Count; who++)
        {
            var (theirs, ratio) = (
                Over(round => speed(round, who)),
                Over(round => speed(round, 0) / speed(round, who))
            );
            Console.WriteLine(
                $"| {ours} | {contenders[who].Name} | {One(theirs)} | {Share(who)} | {Two(ratio)} | {description} |"
            );
        }
    }

    private void Tell(List<Round> rounds)
    {
        var moved = rounds.Count(round => round.Variation > Ceilings.VariationMax);
        if (moved > 0)
        {
            notes.Add(
                Text(
                    $"{model}, {threads} threads: {moved} of {rounds.Count} rounds had ceilings that moved by more than {Ceilings.VariationMax:p0} in every try."
                )
            );
        }
    }

    private static string Read(List<Round> rounds) =>
        Text($"{Spread.Of(rounds.Select(round => round.Around[0].GBs)).Median:f1} GB/s");

    private static string One(Spread spread) => Text($"{spread.Median:f1} [{spread.Lower:f1}, {spread.Upper:f1}]");

    private static string Two(Spread spread) => Text($"{spread.Median:f2} [{spread.Lower:f2}, {spread.Upper:f2}]");

    private static string Percent(Spread spread) => Text($"{spread.Median:p0} [{spread.Lower:p0}, {spread.Upper:p0}]");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
