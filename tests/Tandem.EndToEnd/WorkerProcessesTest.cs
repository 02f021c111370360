using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tandem.EndToEnd;

/// <summary>A model whose workers are processes gives what it gives with threads, and ends as a whole.</summary>
public partial class WorkerProcessesTest
{
    private static readonly string s_tokens = string.Join(',', Enumerable.Range(1, 150));

    [Theory]
    [InlineData("pp=2")]
    [InlineData("pp=6")]
    [InlineData("tp=2")]
    [InlineData("tp=3")]
    [InlineData("pp=2,tp=2")]
    [InlineData("dp=2,tp=2")]
    public async Task Logits_are_those_of_threads_bit_for_bit(string plan)
    {
        OpenMpi.Require();
        using var folder = new TemporaryFolder();
        foreach (var workers in new[] { "threads", "processes" })
        {
            var ended = await TandemProcess.RunAsync([
                .. (string[])["logits", "--tokens", s_tokens, "--plan", plan, "--workers", workers],
                .. (string[])["--out", folder[workers]],
            ]);
            Assert.True(ended.ExitCode == 0, ended.Error);
        }

        Assert.Equal(await BytesAsync(folder["threads"]), await BytesAsync(folder["processes"]));
    }

    [Theory]
    [InlineData("pp=2", "--temperature 0.7")]
    [InlineData("tp=2", "--temperature 0.7")]
    [InlineData("pp=2,tp=2", "--temperature 0.7")]
    [InlineData("tp=3", "--temperature 0")]
    [InlineData("pp=2,tp=2", "--temperature 1.5 --top-k 40")]
    public async Task An_answer_is_that_of_threads(string plan, string sampling)
    {
        OpenMpi.Require();
        var answers = new List<string>();
        foreach (var workers in new[] { "threads", "processes" })
        {
            var ended = await TandemProcess.RunAsync(
                ["run", "--plan", plan, "--workers", workers, "--seed", "1", .. sampling.Split(' ')],
                "Tell me a story about a fox"u8.ToArray()
            );
            Assert.True(ended.ExitCode == 0, ended.Error);
            answers.Add(ended.Output);
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Theory]
    [InlineData("pp=2,tp=2")]
    [InlineData("dp=2")]
    [InlineData("dp=2,pp=2,tp=2")]
    public async Task A_batch_and_embeddings_are_those_of_threads(string plan)
    {
        OpenMpi.Require();
        using var folder = new TemporaryFolder();
        var lines = Enumerable
            .Range(0, 12)
            .Select(i =>
                i % 3 == 2
                    ? $$"""{"custom_id":"{{i}}","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"a fox and {{i}} hens"} }"""
                    : $$"""{"custom_id":"{{i}}","method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"Once {{i}}","max_tokens":{{8 + i}}, "logprobs":2,"logit_bias":{"{{i}}":-5} } }"""
            );
        await File.WriteAllLinesAsync(folder["in"], lines, TestContext.Current.CancellationToken);
        foreach (var workers in new[] { "threads", "processes" })
        {
            var ended = await TandemProcess.RunAsync([
                .. (string[])["batch", "--input", folder["in"], "--output", folder[workers]],
                .. (string[])["--plan", plan, "--workers", workers],
            ]);
            Assert.True(ended.ExitCode == 0, ended.Error);
        }

        Assert.Equal(await ResultsAsync(folder["threads"]), await ResultsAsync(folder["processes"]));
    }

    [Theory]
    [InlineData("run", "--plan", "pp=99", "--workers", "processes", "a")]
    [InlineData("run", "--plan", "pp=2,tp=2", "--workers", "processes", "--model", "nowhere.gguf", "a")]
    [InlineData("logits", "--plan", "pp=2", "--workers", "processes", "--tokens", "999999", "--out", "/dev/null")]
    public async Task A_mistake_is_told_on_one_line(params string[] arguments)
    {
        OpenMpi.Require();
        var ended = await TandemProcess.RunAsync(arguments);

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.Single(ended.Error.Split('\n'), line => line.StartsWith("tandem: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_Open_MPI_one_line_says_what_to_install()
    {
        OpenMpi.Require();
        using var folder = new TemporaryFolder();
        var dotnet = Shell.Run("readlink -f $(command -v dotnet)").Output.Trim();
        var ended = Shell.Run(
            $"PATH='{folder.Path}' '{dotnet}' exec '{TandemProcess.Program}' run --plan tp=2 --workers processes a"
        );

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.StartsWith("tandem: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("openmpi-bin and libopenmpi-dev", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pp=2", 0, "stage 0, rank 0")]
    [InlineData("pp=2", 1, "stage 1, rank 0")]
    [InlineData("tp=2", 1, "stage 0, rank 1")]
    [InlineData("pp=2,tp=2", 3, "stage 1, rank 1")]
    [InlineData("dp=2,tp=2", 3, "copy 1, stage 0, rank 1")]
    public async Task The_death_of_a_worker_ends_the_run_within_two_seconds_and_is_named(
        string plan,
        int number,
        string name
    )
    {
        OpenMpi.Require();
        var durations = new List<TimeSpan>();
        // A busy machine may hold up one of them.
        while (durations.Count < 3 && durations.Order().FirstOrDefault(TimeSpan.MaxValue) > TimeSpan.FromSeconds(2))
        {
            durations.Add(await KillAsync(plan, number, name));
        }
        Assert.InRange(durations.Min(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task The_death_of_mpirun_ends_the_run_too()
    {
        OpenMpi.Require();
        using var run = await StartAsync("tp=2");
        var started = OpenMpi.StartedBy(run.Id);
        var folders = OpenMpi.FoldersOf(started[^1]);

        Kill(started[1]);
        var ended = await run.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Matches(
            "^tandem: stage 0, rank [01] \\(process [0-9]+\\) has (died, and with it the run|failed: .*)$",
            ended.Error.Trim()
        );
        await OpenMpi.AllGoneAsync(started);
        Assert.All(folders, folder => Assert.False(Directory.Exists(folder), folder));
    }

    [Theory]
    [InlineData("pp=2")]
    [InlineData("dp=2,tp=2")]
    public async Task Nothing_outlives_the_program_when_it_is_killed(string plan)
    {
        OpenMpi.Require();
        using var run = await StartAsync(plan);
        var started = OpenMpi.StartedBy(run.Id);
        var folders = OpenMpi.FoldersOf(started[^1]);

        // The program alone, not what it has started.
        Kill(run.Id);

        await OpenMpi.AllGoneAsync(started);
        Assert.All(folders, folder => Assert.False(Directory.Exists(folder), folder));
    }

    [Theory]
    [InlineData("pp=2")]
    [InlineData("tp=2")]
    [InlineData("dp=2,pp=2")]
    public async Task A_worker_that_fails_ends_the_run_with_its_error(string plan)
    {
        OpenMpi.Require();
        using var folder = new TemporaryFolder();
        string[] synth = ["synth", "--shape", "tiny", "--format", "F32"];
        var made = await TandemProcess.RunAsync([.. synth, "--out", folder["model"]]);
        Assert.True(made.ExitCode == 0, made.Error);
        // What the file ends with belongs to the last layer; these bytes are no numbers.
        await using (var file = File.OpenWrite(folder["model"]))
        {
            file.Seek(-4096, SeekOrigin.End);
            file.Write(Enumerable.Repeat((byte)0xFF, 4096).ToArray());
        }

        var ended = await TandemProcess.RunAsync([
            .. (string[])["run", "--model", folder["model"], "--plan", plan, "--workers", "processes"],
            .. (string[])["--context", "64", "--prompt-tokens", "1,2,3", "--output", "tokens"],
        ]);

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.Contains("weights are broken", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_ends_all(string signal, int exitCode)
    {
        OpenMpi.Require();
        using var run = await StartAsync("tp=2");
        var workers = OpenMpi.WorkersOf(run.Id);

        Assert.Equal(0, Shell.Run($"kill -{signal} {run.Id}").ExitCode);
        var ended = await run.EndAsync();
        await OpenMpi.AllGoneAsync(workers.Values);

        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Error));
    }

    [Fact]
    public void A_reader_that_has_enough_ends_the_run_without_an_error()
    {
        OpenMpi.Require();
        var ended = Shell.Run(
            $"dotnet exec '{TandemProcess.Program}' run --plan tp=2 --workers processes --ignore-eos --max-tokens 400 Hi | head -c 5; exit ${{PIPESTATUS[0]}}"
        );

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Equal(5, ended.Output.Length);
    }

    // A run that goes on until it is ended, and has begun to answer.
    private static async Task<TandemProcess> StartAsync(string plan)
    {
        var run = TandemProcess.Start([
            .. (string[])["run", "--plan", plan, "--workers", "processes", "--ignore-eos", "--prompt-tokens", "1,2,3"],
            .. (string[])["--context", "100100", "--max-tokens", "100000"],
        ]);
        run.Input.Close();
        var letter = new char[1];
        if (await run.Output.ReadAsync(letter, TestContext.Current.CancellationToken) == 0)
        {
            var ended = await run.EndAsync();
            run.Dispose();
            Assert.Fail($"exit code {ended.ExitCode}: {ended.Error}");
        }
        return run;
    }

    // From the death of a worker to the end of the program.
    private static async Task<TimeSpan> KillAsync(string plan, int number, string name)
    {
        using var run = await StartAsync(plan);
        var (started, workers) = (OpenMpi.StartedBy(run.Id), OpenMpi.WorkersOf(run.Id));
        var folders = OpenMpi.FoldersOf(workers[number]);

        var watch = Stopwatch.StartNew();
        Kill(workers[number]);
        var ended = await run.EndAsync();
        watch.Stop();

        Assert.Equal(1, ended.ExitCode);
        var line = Assert.Single(
            ended.Error.Split('\n'),
            line => line.StartsWith("tandem: ", StringComparison.Ordinal)
        );
        Assert.Equal($"tandem: {name} (process {workers[number]}) has died, and with it the run", line);
        await OpenMpi.AllGoneAsync(started);
        Assert.All(folders, folder => Assert.False(Directory.Exists(folder), folder));
        return watch.Elapsed;
    }

    private static void Kill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    private static Task<byte[]> BytesAsync(string path) =>
        File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

    // What does not depend on when they were made.
    private static async Task<string[]> ResultsAsync(string path)
    {
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        return [.. lines.Select(line => Varying().Replace(line, ""))];
    }

    [GeneratedRegex("\"(created|cached_tokens)\":[0-9]+")]
    private static partial Regex Varying();
}
