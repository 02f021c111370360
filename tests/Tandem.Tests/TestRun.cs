namespace Tandem.Tests;

/// <summary>
/// How this run of the tests was asked for. Tests read the environment here and nowhere else.
/// </summary>
internal static class TestRun
{
    /// <summary>True under <c>./test --all</c>: a test with a large matrix runs the whole of it, not its seeded subset.</summary>
    public static bool All => Environment.GetEnvironmentVariable("TANDEM_TEST_ALL") == "1";

    /// <summary>The seed of subsets and of random inputs; <c>TANDEM_TEST_SEED</c> replaces the fixed one.</summary>
    public static int Seed =>
        int.TryParse(Environment.GetEnvironmentVariable("TANDEM_TEST_SEED"), out var seed) ? seed : 20250117;

    /// <summary>The folder that holds Tandem.slnx.</summary>
    public static string RepositoryRoot { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Where test data was said to be (<c>TANDEM_TEST_DATA</c>), or null where nothing was said.</summary>
    public static string? DataFolder => Environment.GetEnvironmentVariable("TANDEM_TEST_DATA");

    private static string FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tandem.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"no folder above {start} holds Tandem.slnx");
    }
}
