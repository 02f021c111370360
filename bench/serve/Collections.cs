using System.Globalization;

namespace Tandem.Bench.Serve;

/// <summary>What a server of ours has spent on collecting garbage so far.</summary>
/// <param name="Count">Collections.</param>
/// <param name="PauseSeconds">Time that they stopped its threads.</param>
internal sealed record Collections(double Count, double PauseSeconds)
{
    /// <summary>Reads it off a server's <c>/metrics</c>; null where they do not say.</summary>
    public static Collections? Read(string metrics)
    {
        double? Sum(string name)
        {
            var values = metrics
                .Split('\n')
                .Where(line => line.StartsWith(name, StringComparison.Ordinal))
                .Select(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture))
                .ToArray();
            return values.Length > 0 ? values.Sum() : null;
        }
        return (Sum("dotnet_gc_collections_total"), Sum("dotnet_gc_pause_time_seconds_total")) is ({ } count, { } pause)
            ? new Collections(count, pause)
            : null;
    }
}
