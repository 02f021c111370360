using System.Globalization;

namespace Tandem.Text.Templates;

/// <summary>Dates as C's <c>strftime</c> prints them in English.</summary>
internal static class DateText
{
    /// <summary>A date after a format such as <c>%d %b %Y</c>; <c>%-d</c> leaves the leading zero out.</summary>
    /// <exception cref="TemplateFault">The result is too long.</exception>
    public static StringValue Format(Budget budget, DateTime date, StringValue format)
    {
        var text = format.Text;
        var result = new StringValueBuilder(budget);
        var begin = 0;
        for (var at = text.IndexOf('%'); at >= 0; at = text.IndexOf('%', begin))
        {
            budget.Step();
            budget.Allocate(64);
            result.Append(format, begin, at - begin);
            var isPlain = at + 1 < text.Length && text[at + 1] == '-';
            var kind = at + (isPlain ? 2 : 1);
            var field = kind < text.Length ? Field(date, text[kind]) : null;
            // What is no field is printed as it stands.
            begin = field is null ? at + 1 : kind + 1;
            result.Append(
                field is null ? "%"
                : isPlain ? WithoutZeros(field)
                : field
            );
        }
        return result.Append(format, begin, text.Length - begin).ToValue();
    }

    private static string WithoutZeros(string field) => field.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : "0";

    private static string? Field(DateTime date, char kind) =>
        kind switch
        {
            'a' => Net(date, "ddd"),
            'A' => Net(date, "dddd"),
            'b' or 'h' => Net(date, "MMM"),
            'B' => Net(date, "MMMM"),
            'c' => $"{Net(date, "ddd MMM")} {date.Day, 2} {Net(date, "HH:mm:ss yyyy")}",
            'd' => Net(date, "dd"),
            'D' or 'x' => Net(date, "MM'/'dd'/'yy"),
            'e' => $"{date.Day, 2}",
            'f' => Net(date, "ffffff"),
            'F' => Net(date, "yyyy-MM-dd"),
            'H' => Net(date, "HH"),
            'I' => Net(date, "hh"),
            'j' => date.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'm' => Net(date, "MM"),
            'M' => Net(date, "mm"),
            'n' => "\n",
            'p' => Net(date, "tt"),
            'R' => Net(date, "HH:mm"),
            'S' => Net(date, "ss"),
            't' => "\t",
            'T' or 'X' => Net(date, "HH:mm:ss"),
            'u' => (date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek).ToString(
                CultureInfo.InvariantCulture
            ),
            'U' => Week(date, (int)date.DayOfWeek),
            'w' => ((int)date.DayOfWeek).ToString(CultureInfo.InvariantCulture),
            'W' => Week(date, ((int)date.DayOfWeek + 6) % 7),
            'y' => Net(date, "yy"),
            'Y' => Net(date, "yyyy"),
            // A date without a time zone prints none.
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };

    private static string Net(DateTime date, string format) => date.ToString(format, CultureInfo.InvariantCulture);

    private static string Week(DateTime date, int daysIntoWeek) =>
        ((date.DayOfYear + 6 - daysIntoWeek) / 7).ToString("00", CultureInfo.InvariantCulture);
}
