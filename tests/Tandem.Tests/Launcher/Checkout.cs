using System.Diagnostics;

namespace Tandem.Tests.Launcher;

/// <summary>
/// A copy of what the launcher works with, in a folder with a space in its name: the launcher, the build files and the
/// projects are the repository's, the program is a small one that reports what reached it. One copy serves all tests of
/// a class; the first build is made by two launchers at once.
/// </summary>
public sealed class Checkout : IAsyncLifetime
{
    private const string Program = """
        using System.Runtime.InteropServices;

        if (args is ["exit", var code])
        {
            return int.Parse(code);
        }
        if (args is ["wait"])
        {
            using var done = new ManualResetEventSlim();
            var got = 0;
            void Take(PosixSignalContext context)
            {
                context.Cancel = true;
                got = (int)context.Signal;
                done.Set();
            }
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Take);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take);
            Console.WriteLine($"ready {Environment.ProcessId}");
            done.Wait();
            return 100 - got;
        }
        Console.WriteLine($"{Version.Name}|{Environment.CurrentDirectory}|{string.Join('|', args)}");
        return 0;
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem ").FullName;

    private int _folders;

    /// <summary>The checkout's root.</summary>
    public string Root => Path.Combine(_folder, "my checkout");

    /// <summary>What the two launchers said that built the program first.</summary>
    public IReadOnlyList<LauncherOutput> First { get; private set; } = [];

    /// <summary>The launcher.</summary>
    public string Launcher => Path.Combine(Root, "tandem");

    /// <summary>A path in the checkout.</summary>
    public string this[string relative] => Path.Combine(Root, relative);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        foreach (var file in Copied())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(this[file])!);
            File.Copy(Path.Combine(TestRun.RepositoryRoot, file), this[file]);
        }
        await File.WriteAllTextAsync(this["src/Tandem/Engine.cs"], "namespace Tandem; internal static class Engine;");
        await File.WriteAllTextAsync(this["src/Tandem.Cli/Program.cs"], Program);
        WriteVersion("first");
        First = await Task.WhenAll(RunAsync(["a"]), RunAsync(["b"]));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes an empty folder beside the checkout.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_folder, $"folder {++_folders}")).FullName;

    /// <summary>Edits the program so that it prints this name first.</summary>
    public void WriteVersion(string name) =>
        File.WriteAllText(
            this["src/Tandem.Cli/Version.cs"],
            $"static class Version {{ public const string Name = \"{name}\"; }}"
        );

    /// <summary>Runs the launcher to its end, with no input.</summary>
    /// <param name="arguments">For the program.</param>
    /// <param name="launcher">The path to start; the checkout's launcher where it is null.</param>
    /// <param name="environment">Variables to set, or with a null value to remove.</param>
    public async Task<LauncherOutput> RunAsync(
        IEnumerable<string> arguments,
        string? launcher = null,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        using var process = Start(arguments, launcher, environment);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new LauncherOutput(process.ExitCode, (await output).TrimEnd(), (await error).TrimEnd());
    }

    /// <summary>Starts the launcher from the folder that holds the checkout.</summary>
    public Process Start(
        IEnumerable<string> arguments,
        string? launcher = null,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        // Where tests run in the background SIGINT may be ignored, and what is ignored stays so in every child.
        var start = new ProcessStartInfo("env", ["--default-signal", launcher ?? Launcher, .. arguments])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    private static IEnumerable<string> Copied()
    {
        var root = TestRun.RepositoryRoot;
        var build = Directory.EnumerateFiles(root, "Directory.*").Select(path => Path.GetFileName(path));
        var projects = SourceFolders()
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories)
            )
            .Select(path => Path.GetRelativePath(root, path))
            .Where(path => !path.EndsWith(".cs", StringComparison.Ordinal))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"));
        return ["tandem", "tools/dotnet.sh", "global.json", .. build, .. projects];
    }

    private static string[] SourceFolders() =>
        ["src/Tandem", "src/Tandem.Cluster", "src/Tandem.Server", "src/Tandem.Cli"];
}
