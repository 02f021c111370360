namespace Tandem.Tests;

/// <summary>
/// Test data that lies beside the repository, not in it: <c>../shared/data</c>, or the folder that
/// <c>TANDEM_TEST_DATA</c> names. A test whose data is absent is skipped and says which file it misses.
/// </summary>
internal static class SharedData
{
    /// <summary>The data's folder, or null where there is none.</summary>
    public static string? Root { get; } =
        new[] { TestRun.DataFolder, Path.Combine(TestRun.RepositoryRoot, "..", "shared", "data") }
            .OfType<string>()
            .Select(Path.GetFullPath)
            .FirstOrDefault(Directory.Exists);

    /// <summary>The path of a file or folder given relative to <see cref="Root"/>; skips the running test where it is absent.</summary>
    public static string Require(string relative)
    {
        Assert.SkipUnless(Root is not null, $"test data is absent (../shared/data): {relative}");
        var path = Path.Combine(Root, relative);
        Assert.SkipUnless(Path.Exists(path), $"test data is absent (../shared/data): {relative}");
        return path;
    }
}
