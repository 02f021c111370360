using System.Diagnostics;
using System.Globalization;

namespace Tandem.Tests.Launcher;

/// <summary>What ./tandem does before it becomes the program.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LauncherTest : IClassFixture<Checkout>
{
    private const string Building = "building tandem…";

    private readonly Checkout _checkout;

    public LauncherTest(Checkout checkout)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the launcher's tests need Linux");
        _checkout = checkout;
    }

    [Fact]
    public void Two_that_start_at_once_build_once()
    {
        Assert.All(_checkout.First, run => Assert.Equal(0, run.ExitCode));
        Assert.Equal(["", Building], _checkout.First.Select(run => run.Error).Order());
        Assert.Equal(["a", "b"], _checkout.First.Select(run => run.Output.Split('|')[^1]));
    }

    [Fact]
    public async Task Nothing_is_built_while_nothing_changes()
    {
        await _checkout.RunAsync([]);
        var stamp = File.GetLastWriteTimeUtc(_checkout[".tandem/stamp"]);

        var run = await _checkout.RunAsync([]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(stamp, File.GetLastWriteTimeUtc(_checkout[".tandem/stamp"]));
    }

    [Fact]
    public async Task Arguments_and_the_working_directory_reach_the_program()
    {
        var run = await _checkout.RunAsync(["run", "", "two  words", "\"quoted\" $HOME *", "--x"]);

        var parts = run.Output.Split('|');
        Assert.Equal(Path.GetDirectoryName(_checkout.Root), parts[1]);
        Assert.Equal(["run", "", "two  words", "\"quoted\" $HOME *", "--x"], parts[2..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(77)]
    public async Task The_exit_code_is_the_programs(int code) =>
        Assert.Equal(code, (await _checkout.RunAsync(["exit", $"{code}"])).ExitCode);

    [Fact]
    public async Task It_works_through_links_to_links()
    {
        var links = _checkout.NewFolder();
        File.CreateSymbolicLink(Path.Combine(links, "absolute"), _checkout.Launcher);
        File.CreateSymbolicLink(Path.Combine(links, "relative"), "absolute");

        var run = await _checkout.RunAsync(["x"], Path.Combine(links, "relative"));

        Assert.Equal((0, "x"), (run.ExitCode, run.Output.Split('|')[^1]));
    }

    [Theory]
    [InlineData("INT", 102)]
    [InlineData("TERM", 104)]
    public async Task A_signal_reaches_the_program(string signal, int exitCode)
    {
        using var process = _checkout.Start(["wait"]);
        var ready = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        // The launcher has become the program: it is the same process.
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"ready {process.Id}"), ready);
        Process.Start("bash", ["-c", $"kill -{signal} {process.Id}"]).Dispose();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(exitCode, process.ExitCode);
    }

    [Fact]
    public async Task An_edit_and_a_deletion_are_noticed()
    {
        _checkout.WriteVersion("edited");
        await File.WriteAllTextAsync(_checkout["src/Tandem/Added.cs"], "", TestContext.Current.CancellationToken);
        await AssertBuildsAsync("edited|");

        File.Delete(_checkout["src/Tandem/Added.cs"]);
        await AssertBuildsAsync("edited|");
    }

    [Fact]
    public async Task A_failed_build_shows_its_errors_and_leaves_no_stamp()
    {
        await _checkout.RunAsync([]);
        var stamp = await File.ReadAllTextAsync(_checkout[".tandem/stamp"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _checkout["src/Tandem.Cli/Broken.cs"],
            "class Broken {",
            TestContext.Current.CancellationToken
        );

        var run = await _checkout.RunAsync([]);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(Building, run.Error);
        Assert.Contains("Broken.cs(1,15): error CS1513", run.Error);
        Assert.Equal(
            stamp,
            await File.ReadAllTextAsync(_checkout[".tandem/stamp"], TestContext.Current.CancellationToken)
        );
        Assert.False(File.Exists(_checkout[".tandem/stamp.new"]));
        File.Delete(_checkout["src/Tandem.Cli/Broken.cs"]);
    }

    [Fact]
    public async Task A_checkout_that_cannot_be_written_to_runs_what_was_built()
    {
        await _checkout.RunAsync([]);
        Directory.Move(_checkout[".tandem/build"], _checkout[".tandem/aside"]);
        // A file where a folder is needed stops root too, which permissions do not.
        await File.WriteAllTextAsync(_checkout[".tandem/build"], "", TestContext.Current.CancellationToken);
        try
        {
            File.SetLastWriteTimeUtc(
                _checkout["global.json"],
                File.GetLastWriteTimeUtc(_checkout[".tandem/stamp"]).AddSeconds(1)
            );

            var run = await _checkout.RunAsync(["x"]);

            Assert.Equal((0, "x"), (run.ExitCode, run.Output.Split('|')[^1]));
            Assert.Contains("cannot be written to; running the program as it was last built", run.Error);
        }
        finally
        {
            File.Delete(_checkout[".tandem/build"]);
            Directory.Move(_checkout[".tandem/aside"], _checkout[".tandem/build"]);
        }
    }

    [Fact]
    public async Task Without_flock_two_build_once_and_a_dead_owner_is_passed_over()
    {
        _checkout.WriteVersion("without flock");
        File.CreateSymbolicLink(_checkout[".tandem/owner"], "999999999");
        var environment = new Dictionary<string, string?> { ["PATH"] = PathWithout("flock") };

        var runs = await Task.WhenAll(
            _checkout.RunAsync([], environment: environment),
            _checkout.RunAsync([], environment: environment)
        );

        Assert.All(runs, run => Assert.StartsWith("without flock|", run.Output));
        Assert.Equal(["", Building], runs.Select(run => run.Error).Order());
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_to_is_left_alone()
    {
        _checkout.WriteVersion("homeless");
        var packages = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/.nuget/packages";
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = "/proc",
            ["DOTNET_CLI_HOME"] = null,
            ["NUGET_PACKAGES"] = Directory.Exists(packages) ? packages : null,
        };

        var run = await _checkout.RunAsync([], environment: environment);

        Assert.Equal((0, Building), (run.ExitCode, run.Error));
        Assert.StartsWith("homeless|", run.Output);
    }

    [Fact]
    public async Task Without_an_SDK_one_line_says_what_to_install()
    {
        var environment = WithoutSdk();

        var run = await _checkout.RunAsync([], environment: environment);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal("tandem: found .NET SDK none; install .NET SDK 10.0.100 or later", run.Error.Split(" (")[0]);
        Assert.DoesNotContain('\n', run.Error);
    }

    [Fact]
    public async Task An_SDK_that_is_too_old_is_named()
    {
        _checkout.WriteVersion("too old");
        var environment = WithoutSdk();
        var old = Path.Combine(environment["PATH"]!, "dotnet");
        await File.WriteAllTextAsync(
            old,
            "#!/usr/bin/env bash\n[ \"$1\" = --list-sdks ] && echo '8.0.100 [/opt/sdk]' && echo '9.0.203 [/opt/sdk]' && exit 0\nexit 1\n",
            TestContext.Current.CancellationToken
        );
        File.SetUnixFileMode(old, File.GetUnixFileMode(_checkout.Launcher));

        var run = await _checkout.RunAsync([], environment: environment);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("tandem: found only .NET SDK 8.0.100 9.0.203; install", run.Error);
        Assert.DoesNotContain('\n', run.Error);
    }

    private async Task AssertBuildsAsync(string output)
    {
        var run = await _checkout.RunAsync([]);
        Assert.Equal((0, Building), (run.ExitCode, run.Error));
        Assert.StartsWith(output, run.Output);
    }

    private Dictionary<string, string?> WithoutSdk() =>
        new()
        {
            ["PATH"] = PathWithout("dotnet"),
            ["HOME"] = _checkout["no home"],
            ["DOTNET_ROOT"] = null,
        };

    /// <summary>A folder with links to every command on the path but one.</summary>
    private string PathWithout(string command)
    {
        var folder = _checkout.NewFolder();
        var commands = Environment
            .GetEnvironmentVariable("PATH")!
            .Split(':')
            .Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles)
            .DistinctBy(Path.GetFileName)
            .Where(path => Path.GetFileName(path) != command);
        foreach (var path in commands)
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(path)), path);
        }
        return folder;
    }
}
