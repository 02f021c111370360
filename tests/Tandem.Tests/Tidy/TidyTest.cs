namespace Tandem.Tests.Tidy;

public class TidyTest
{
    [Fact]
    public void A_layer_uses_no_higher_layer() => AssertNone(Layers.Violations(SourceTree.All));

    [Fact]
    public void Functions_fit_a_screen() => AssertNone(TidyRules.LongFunctions(SourceTree.All));

    [Fact]
    public void Files_are_not_too_long() => AssertNone(TidyRules.LongFiles(SourceTree.All));

    [Fact]
    public void Every_file_is_used() => AssertNone(TidyRules.DeadFiles(SourceTree.All));

    [Fact]
    public void Every_file_is_in_a_project_and_every_project_in_the_solution() =>
        AssertNone(TidyRules.FilesInNoProject(SourceTree.All));

    [Fact]
    public void Text_is_even() => AssertNone(TidyRules.UnevenText(SourceTree.All));

    [Fact]
    public void No_file_names_a_path_of_one_machine() => AssertNone(TidyRules.MachinePaths(SourceTree.All));

    private static void AssertNone(IEnumerable<string> places)
    {
        var found = places.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
