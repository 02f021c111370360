using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tandem.EndToEnd;

public sealed partial class BatchTest : IDisposable
{
    private const int Seed = 20_260;
    private const int Kills = 10;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_ten_random_moments_it_gives_every_result_once_and_in_order()
    {
        var random = new Random(Seed);
        // Enough that what is left behind the last moment takes longer than the kill is late.
        var requests = Requests(random, 300);
        await File.WriteAllLinesAsync(_folder["in.jsonl"], requests, Cancellation);
        var whole = await RunAsync("whole.jsonl");
        Assert.Equal(0, whole.ExitCode);
        var expected = await File.ReadAllLinesAsync(_folder["whole.jsonl"], Cancellation);
        var length = new FileInfo(_folder["whole.jsonl"]).Length;
        var moments = Enumerable.Range(0, Kills).Select(_ => random.NextInt64(length * 7 / 10)).Order();

        var kills = 0;
        foreach (var moment in moments)
        {
            using var process = TandemProcess.Start(Command("out.jsonl"));
            await GrowthAsync("out.jsonl", moment);
            // Writes come at the end of steps; a kill is to come at any time.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20)), TimeProvider.System, Cancellation);
            kills += await process.KillAsync() ? 1 : 0;
        }
        var last = await RunAsync("out.jsonl");

        Assert.Equal((0, Kills), (last.ExitCode, kills));
        var results = await File.ReadAllLinesAsync(_folder["out.jsonl"], Cancellation);
        Assert.Equal(requests.Select(CustomId), results.Select(CustomId));
        Assert.Equal(expected.Select(Lasting), results.Select(Lasting));
    }

    [Fact]
    public async Task A_batch_that_is_done_stays_as_it_is()
    {
        await File.WriteAllLinesAsync(_folder["in.jsonl"], Requests(new Random(Seed), 8), Cancellation);
        var first = await RunAsync("out.jsonl");
        var written = await File.ReadAllBytesAsync(_folder["out.jsonl"], Cancellation);
        var second = await RunAsync("out.jsonl");

        var output = _folder["out.jsonl"];
        Assert.Equal(new Ended(0, "", $"{output}: 8 results written, 1 of them errors; 0 were there before\n"), first);
        Assert.Equal(new Ended(0, "", $"{output}: has the results of all requests already\n"), second);
        Assert.Equal(written, await File.ReadAllBytesAsync(output, Cancellation));
    }

    [Fact]
    public async Task A_request_of_a_batch_may_have_more_texts_embedded_than_one_of_a_server()
    {
        var texts = string.Join(',', Enumerable.Repeat("\"a\"", 65));
        var request = $$"""{"custom_id":"1","method":"POST","url":"/v1/embeddings","body":{"input":[{{texts}}]} }""";
        await File.WriteAllTextAsync(_folder["in.jsonl"], request, Cancellation);

        Assert.Equal(0, (await RunAsync("out.jsonl")).ExitCode);

        var result = await File.ReadAllTextAsync(_folder["out.jsonl"], Cancellation);
        Assert.Contains("\"status_code\":200", result, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_of_other_requests_is_refused_and_kept()
    {
        await File.WriteAllLinesAsync(_folder["in.jsonl"], Requests(new Random(Seed), 3), Cancellation);
        await File.WriteAllTextAsync(_folder["out.jsonl"], "my diary", Cancellation);

        (await RunAsync("out.jsonl")).IsInputError(
            $"{_folder["out.jsonl"]}: its line 1 is not the result of the request in its place in {_folder["in.jsonl"]}; name an output that does not exist, or that of this very input"
        );
        Assert.Equal("my diary", await File.ReadAllTextAsync(_folder["out.jsonl"], Cancellation));
    }

    [Fact]
    public async Task A_missing_input_makes_no_output()
    {
        var ended = await RunAsync("out.jsonl");

        Assert.Equal(("", 1), (ended.Output, ended.ExitCode));
        Assert.StartsWith($"tandem: {_folder["in.jsonl"]}: cannot be read:", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out.jsonl"]));
    }

    [Fact]
    public async Task A_terminal_shows_how_far_it_is_and_Ctrl_C_keeps_what_is_done()
    {
        // Enough that it is not done before the key is pressed.
        const int Count = 1500;
        await File.WriteAllLinesAsync(_folder["in.jsonl"], Requests(new Random(Seed), Count), Cancellation);
        using (var terminal = Terminal.Start(string.Join(' ', Command("out.jsonl"))))
        {
            await terminal.UntilAsync("answering");
            await terminal.UntilAsync("%");
            await GrowthAsync("out.jsonl", 1);
            terminal.Type("\u0003");
            Assert.Equal(130, await terminal.EndAsync());
        }

        var ended = await RunAsync("out.jsonl");

        Assert.Equal(0, ended.ExitCode);
        Assert.DoesNotContain("; 0 were there before", ended.Error, StringComparison.Ordinal);
        Assert.Equal(Count, File.ReadLines(_folder["out.jsonl"]).Count());
    }

    private string[] Command(string output) =>
        [
            "batch",
            "--input",
            _folder["in.jsonl"],
            "--output",
            _folder[output],
            "--threads",
            "1",
            "--sequences",
            "3",
            "--context",
            "400",
        ];

    private Task<Ended> RunAsync(string output) => TandemProcess.RunAsync(Command(output));

    // Until a file has grown, and to a length at least.
    private async Task GrowthAsync(string name, long length)
    {
        var file = new FileInfo(_folder[name]);
        var before = file.Exists ? file.Length : 0;
        var grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_folder.Path, name);
        watcher.Changed += (_, _) =>
        {
            if (new FileInfo(_folder[name]) is { Exists: true } now && now.Length > before && now.Length >= length)
            {
                grown.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        await grown.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancellation);
    }

    // Of every kind, and every seventh line is wrong.
    private static string[] Requests(Random random, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    i % 7 == 3
                        ? $$"""{"custom_id":"r{{i}}","method":"GET"}"""
                        : $$"""{"custom_id":"r{{i}}","method":"POST",{{Asked(random, i % 4)}}}"""
                ),
        ];

    private static string Asked(Random random, int kind)
    {
        string[] animals = ["fox", "hare", "bear", "owl"];
        var story = $"Tell me a story about a {animals[random.Next(animals.Length)]}";
        var length = random.Next(5, 60);
        return kind switch
        {
            0 => $$"""
                "url":"/v1/chat/completions","body":{"messages":[{"role":"user","content":"{{story}}"}],"temperature":0,"max_tokens":40}
                """,
            1 => $$"""
                "url":"/v1/completions","body":{"prompt":"Once upon","n":2,"seed":{{random.Next()}},"max_tokens":{{length}}}
                """,
            2 => $$"""
                "url":"/v1/chat/completions","body":{"messages":[{"role":"user","content":"{{story}}"}],"logprobs":true,"max_tokens":{{length}},"stop":"."}
                """,
            _ => $$"""
                "url":"/v1/embeddings","body":{"input":"{{story}}"}
                """,
        };
    }

    private static string CustomId(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("custom_id").GetString()!;
    }

    // When it was made and what happened to be cached is no part of a result.
    private static string Lasting(string line) => Passing().Replace(line, "");

    [GeneratedRegex("\"(created|cached_tokens)\":[0-9]+")]
    private static partial Regex Passing();
}
