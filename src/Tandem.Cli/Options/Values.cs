using System.CommandLine.Parsing;
using System.Globalization;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Cli.Options;

/// <summary>Reads the values of options; for a wrong one the error names what was found and what was expected.</summary>
internal static class Values
{
    /// <summary>A whole number within bounds.</summary>
    public static Func<ArgumentResult, int?> Whole(int min, int max = int.MaxValue) =>
        result =>
            int.TryParse(Text(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= min
            && value <= max
                ? value
                : Refuse<int?>(
                    result,
                    max == int.MaxValue ? $"a whole number of at least {min}" : $"a whole number from {min} to {max}"
                );

    /// <summary>A number within bounds.</summary>
    public static Func<ArgumentResult, float?> Number(float min = float.MinValue, float max = float.MaxValue) =>
        result =>
            float.TryParse(Text(result), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= min
            && value <= max
                ? value
                : Refuse<float?>(result, Range(min, max));

    /// <summary>A seed: any whole number of 64 bits.</summary>
    public static ulong? Seed(ArgumentResult result) =>
        ulong.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : Refuse<ulong?>(result, $"a whole number from 0 to {ulong.MaxValue}");

    /// <summary>How a model is split.</summary>
    public static AskedPlan? Plan(ArgumentResult result) =>
        Parsed(
            result,
            text => new AskedPlan(
                text.Equals("auto", StringComparison.OrdinalIgnoreCase) ? null : PlanRequest.Parse(text)
            )
        );

    /// <summary>What requests may take.</summary>
    public static ServiceObjective? Objective(ArgumentResult result) => Parsed(result, ServiceObjective.Parse);

    /// <summary>Token ids, separated by commas or white space.</summary>
    public static int[]? TokenIds(ArgumentResult result) =>
        Ids(Text(result)) ?? Refuse<int[]>(result, "token ids separated by commas, such as 1,2,3");

    /// <summary>Bytes, such as <c>512M</c>, <c>1.5GiB</c> or <c>4000000</c>; K, M, G and T are powers of 1024.</summary>
    public static long? Size(ArgumentResult result) =>
        Bytes(Text(result)) ?? Refuse<long?>(result, "a size such as 512M or 4G");

    /// <summary>What a request may ask for.</summary>
    public static RequestLimits? Limits(ArgumentResult result) => Parsed(result, RequestLimits.Parse);

    /// <summary>A time, such as <c>90s</c>, <c>500ms</c>, <c>10m</c> or <c>1.5h</c>; a number alone is seconds.</summary>
    public static TimeSpan? Time(ArgumentResult result) =>
        Duration(Text(result)) ?? Refuse<TimeSpan?>(result, "a time of at most 30 days, such as 90s or 10m");

    /// <summary>How soon tokens are to come, such as <c>ttft=2s,tpot=100ms</c>, or one of the two.</summary>
    public static ServiceLevel? ServiceLevel(ArgumentResult result)
    {
        var level = new ServiceLevel(null, null);
        foreach (var part in Text(result).Split(',', StringSplitOptions.TrimEntries))
        {
            level = (part.Split('='), level) switch
            {
                (["ttft", var text], { FirstToken: null }) when Duration(text) is { } time => level with
                {
                    FirstToken = time,
                },
                (["tpot", var text], { Token: null }) when Duration(text) is { } time => level with { Token = time },
                _ => null,
            };
            if (level is null)
            {
                return Refuse<ServiceLevel>(result, "times such as ttft=2s,tpot=100ms");
            }
        }
        return level;
    }

    /// <summary>One of some names; the case of letters does not matter.</summary>
    public static Func<ArgumentResult, T?> OneOf<T>(params (string Name, T Value)[] choices)
        where T : struct =>
        result =>
        {
            foreach (var (name, value) in choices)
            {
                if (name.Equals(Text(result), StringComparison.OrdinalIgnoreCase))
                {
                    return value;
                }
            }
            return Refuse<T?>(result, string.Join(" or ", choices.Select(choice => choice.Name)));
        };

    /// <summary>One of some names, as it stands in the list; the case of letters does not matter.</summary>
    public static Func<ArgumentResult, string?> OneOf(IReadOnlyList<string> names) =>
        result =>
            names.FirstOrDefault(name => name.Equals(Text(result), StringComparison.OrdinalIgnoreCase))
            ?? Refuse<string>(result, string.Join(", ", names));

    /// <summary>The ids of a list, or null where something else is in it.</summary>
    public static int[]? Ids(string text)
    {
        var parts = text.Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]))
            {
                return null;
            }
        }
        return ids;
    }

    /// <summary>Reports a value that cannot be used.</summary>
    public static T? Refuse<T>(ArgumentResult result, string expected)
    {
        var name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
        result.AddError($"{name}: found '{Text(result)}', expected {expected}");
        return default;
    }

    /// <summary>The value as it was written.</summary>
    public static string Text(ArgumentResult result) => result.Tokens[^1].Value;

    private static T? Parsed<T>(ArgumentResult result, Func<string, T> parse)
        where T : class
    {
        try
        {
            return parse(Text(result));
        }
        catch (InputException error)
        {
            result.AddError(error.Message);
            return null;
        }
    }

    private static TimeSpan? Duration(string text)
    {
        var number = text.TrimEnd('m', 's', 'h');
        var seconds = text[number.Length..] switch
        {
            "ms" => 1e-3,
            "" or "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => 0d,
        };
        return
            double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * seconds is >= 1e-3 and <= 30 * 24 * 3600d
            ? TimeSpan.FromSeconds(value * seconds)
            : null;
    }

    private static long? Bytes(string text)
    {
        const string Units = "KMGT";
        var number = text.EndsWith("iB", StringComparison.OrdinalIgnoreCase) ? text[..^2] : text.TrimEnd('B', 'b');
        var unit = number.Length > 0 ? Units.IndexOf(char.ToUpperInvariant(number[^1])) : -1;
        number = unit >= 0 ? number[..^1] : number;
        var bytes = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value * Math.Pow(1024, unit + 1)
            : 0;
        return bytes is >= 1 and < long.MaxValue ? (long)bytes : null;
    }

    private static string Range(float min, float max) =>
        (min, max) switch
        {
            (float.MinValue, float.MaxValue) => "a number",
            (_, float.MaxValue) => string.Create(CultureInfo.InvariantCulture, $"a number of at least {min}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"),
        };
}
