using System.Globalization;
using Spectre.Console;

namespace Tandem.Examples.Images;

/// <summary>Shows what a survey came to.</summary>
internal static class Report
{
    /// <summary>The confusion matrix: a row for what images show, a column for what was found.</summary>
    public static Grid Confusion(SurveyResult result)
    {
        var classes = Enumerable.Range(0, result.Classes).ToList();
        var grid = new Grid();
        foreach (var _ in classes.Prepend(0))
        {
            grid.AddColumn(new GridColumn().RightAligned().NoWrap().PadLeft(1).PadRight(0));
        }
        grid.AddRow([.. classes.Select(found => Number(found)).Prepend("")]);
        foreach (var shown in classes)
        {
            var counts = classes.Select(found => Number(result.Confusion.GetValueOrDefault((shown, found))));
            grid.AddRow([Number(shown), .. counts]);
        }
        return grid;
    }

    /// <summary>Each class's counts.</summary>
    public static Table Classes(SurveyResult result)
    {
        var table = new Table().Title("Classes").AddColumns("class", "shown", "found", "right");
        for (var i = 0; i < result.Classes; i++)
        {
            var shown = result.Confusion.Where(pair => pair.Key.Shown == i).Sum(pair => pair.Value);
            var found = result.Confusion.Where(pair => pair.Key.Found == i).Sum(pair => pair.Value);
            table.AddRow(
                Number(i),
                Number(shown),
                Number(found),
                Share(result.Confusion.GetValueOrDefault((i, i)), shown)
            );
        }
        table.AddRow("all", Number(result.Images), Number(result.Images), Share(result.Right, result.Images));
        return table;
    }

    /// <summary>What each stage did and waited for.</summary>
    public static Table Stages(SurveyResult result)
    {
        var table = new Table().Title("Stages, seconds summed over all parts");
        table.AddColumns("stage", "batches", "busy", "waiting for input", "waiting for room");
        foreach (var stage in result.Stages)
        {
            table.AddRow(
                stage.Name,
                Number(stage.Items),
                Seconds(stage.Busy),
                Seconds(stage.WaitingForInput),
                Seconds(stage.WaitingForRoom)
            );
        }
        return table;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Share(long part, long whole) =>
        whole > 0 ? ((double)part / whole).ToString("P2", CultureInfo.InvariantCulture) : "";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
}
