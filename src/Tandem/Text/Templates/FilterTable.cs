using System.Collections.Frozen;

namespace Tandem.Text.Templates;

/// <summary>What a filter does: it makes a value of another.</summary>
internal delegate Value Filter(Budget budget, Value input, Arguments arguments);

/// <summary>The filters by name. Each group of them is a file of its own.</summary>
internal static class FilterTable
{
    private static readonly FrozenDictionary<string, Filter> Filters = TextFilters
        .All.Concat(ListFilters.All)
        .Concat(SelectionFilters.All)
        .Concat(ConversionFilters.All)
        .ToFrozenDictionary();

    /// <summary>Whether there is a filter of that name.</summary>
    public static bool Has(string name) => Filters.ContainsKey(name);

    /// <summary>What a filter makes of a value.</summary>
    /// <exception cref="TemplateFault">There is no such filter, or it does not take this value or these arguments.</exception>
    public static Value Apply(Budget budget, string name, Value input, Arguments arguments)
    {
        budget.Step();
        return Filters.TryGetValue(name, out var filter)
            ? filter(budget, input, arguments)
            : throw new TemplateFault(
                $"unknown filter {ValueText.Short(StringValue.FromTemplate(name))}, expected one of "
                    + string.Join(", ", Filters.Keys.Order(StringComparer.Ordinal))
            );
    }
}
