using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tandem.Tests.Tidy;

/// <summary>The dashboard in <c>deploy</c> asks for what the server measures, which <c>docs/metrics.md</c> lists.</summary>
public sealed partial class DashboardTest
{
    [Fact]
    public void Every_measure_of_the_dashboard_is_documented_and_every_documented_one_is_on_it()
    {
        var root = TestRun.RepositoryRoot;
        var documented = File.ReadAllLines(Path.Combine(root, "docs", "metrics.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .ToDictionary(line => line.Split('`')[1], line => line.Split('|')[2].Trim());
        using var dashboard = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(root, "deploy", "grafana-dashboard.json"))
        );
        var asked = dashboard
            .RootElement.GetProperty("panels")
            .EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .SelectMany(target => Measure().Matches(target.GetProperty("expr").GetString()!))
            .Select(match => match.Value)
            .ToHashSet();

        Assert.All(
            asked,
            name => Assert.True(documented.ContainsKey(Histogram().Replace(name, "")), $"{name} is not documented")
        );
        Assert.Equal(
            documented.Keys.Order(StringComparer.Ordinal),
            asked.Select(name => Histogram().Replace(name, "")).Distinct().Order(StringComparer.Ordinal)
        );
    }

    [GeneratedRegex("(tandem|gen_ai_server|dotnet)_[a-z_]+")]
    private static partial Regex Measure();

    [GeneratedRegex("(?<=^(gen_ai|tandem_predicted)_.*)_(bucket|count|sum)$")]
    private static partial Regex Histogram();
}
