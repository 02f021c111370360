using System.Text;

namespace Tandem.Tests.Tidy;

/// <summary>The text files of the repository as they lie on the disk, build outputs left out.</summary>
internal static class SourceTree
{
    private static readonly HashSet<string> Outputs =
    [
        ".git",
        ".idea",
        ".tandem",
        ".vs",
        "BenchmarkDotNet.Artifacts",
        "TestResults",
        "bin",
        "obj",
    ];

    private static readonly Lazy<IReadOnlyList<SourceFile>> Files = new(() => [.. Read(TestRun.RepositoryRoot)]);

    /// <summary>All of them, in the order of their paths.</summary>
    public static IReadOnlyList<SourceFile> All => Files.Value;

    private static IEnumerable<SourceFile> Read(string root)
    {
        foreach (var path in Walk(root).Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(path);
            if (!bytes.AsSpan(0, Math.Min(bytes.Length, 8192)).Contains((byte)0))
            {
                var relative = Path.GetRelativePath(root, path).Replace('\\', '/');
                yield return new SourceFile(relative, Encoding.UTF8.GetString(bytes));
            }
        }
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var inner in Directory.EnumerateDirectories(folder))
        {
            if (!Outputs.Contains(Path.GetFileName(inner)))
            {
                foreach (var file in Walk(inner))
                {
                    yield return file;
                }
            }
        }
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            // In a worktree .git is a file.
            if (Path.GetFileName(file) != ".git")
            {
                yield return file;
            }
        }
    }
}
