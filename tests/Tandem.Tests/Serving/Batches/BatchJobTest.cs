using System.Text;
using System.Text.Json;
using Tandem.Serving.Batches;
using Tandem.Serving.OpenAi;
using Tandem.Tests.Loading;

namespace Tandem.Tests.Serving.Batches;

/// <summary>What a batch does with its files, over a fake model.</summary>
public sealed class BatchJobTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Input => _folder["in.jsonl"];

    private string Output => _folder["out.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_line_that_is_no_request_has_an_error_and_the_others_go_on()
    {
        string[] lines =
        [
            "\uFEFF" + Request("a"),
            "no JSON",
            "[]",
            "",
            """{"method":"POST"}""",
            """{"custom_id":7}""",
            """{"custom_id":"b","method":"GET"}""",
            """{"custom_id":"c","method":"POST","url":"/v1/images"}""",
            """{"custom_id":"d","method":"POST","url":"/v1/completions"}""",
            Request("a"),
            Request("e") + "\r",
            """{"custom_id":"f","method":"POST","url":"/v1/completions","body":{"prompt":7}}""",
        ];
        Write(lines);

        var totals = await RunAsync();

        Assert.Equal(new BatchTotals(0, 11, 9), totals);
        var results = Results();
        Assert.Equal(
            ["a", null, null, null, null, "b", "c", "d", "a", "e", "f"],
            results.Select(result => result.GetProperty("custom_id").GetString())
        );
        string?[] codes =
        [
            null,
            "invalid_json",
            "invalid_json",
            "invalid_custom_id",
            "invalid_custom_id",
            "invalid_method",
            "invalid_url",
            "invalid_body",
            "duplicate_custom_id",
            null,
            null,
        ];
        Assert.Equal(codes, results.Select(Code));
        long?[] numbers = [null, 2, 3, 5, 6, 7, 8, 9, 10, null, null];
        Assert.Equal(numbers, results.Select(Number));
        var last = results[^1].GetProperty("response");
        Assert.Equal(400, last.GetProperty("status_code").GetInt32());
        Assert.Equal("prompt", last.GetProperty("body").GetProperty("error").GetProperty("param").GetString());
        Assert.Equal(results.Count, results.Select(result => result.GetProperty("id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task An_output_torn_at_any_byte_is_completed_to_the_same()
    {
        Write([Request("a"), "no JSON", Request("b")]);
        await RunAsync();
        var whole = await File.ReadAllBytesAsync(Output, Cancellation);
        for (var length = 0; length <= whole.Length; length += TestRun.All ? 1 : 7)
        {
            await File.WriteAllBytesAsync(Output, whole[..length], Cancellation);
            var found = whole.AsSpan(0, length).Count((byte)'\n');

            var totals = await RunAsync();

            Assert.Equal((found, 3 - found), (totals.Found, totals.Written));
            Assert.Equal(whole, await File.ReadAllBytesAsync(Output, Cancellation));
        }
    }

    [Theory]
    [InlineData("something else\n")]
    [InlineData("something else")]
    [InlineData("\n")]
    public async Task An_output_of_something_else_is_refused_and_kept(string content)
    {
        Write([Request("a")]);
        await File.WriteAllTextAsync(Output, content, Cancellation);

        var error = Assert.Throws<InputException>(() => BatchJob.Open(Input, Output));

        Assert.StartsWith($"{Output}: its line 1 is not the result", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(Output, Cancellation));
    }

    [Fact]
    public async Task An_output_is_refused_when_its_input_has_changed_or_is_shorter()
    {
        Write([Request("a"), Request("b")]);
        await RunAsync();
        var whole = await File.ReadAllBytesAsync(Output, Cancellation);
        foreach (
            var lines in (string[][])
                [
                    [Request("a")],
                    [Request("a"), Request("b", 3)],
                    [Request("b"), Request("a")],
                ]
        )
        {
            Write(lines);
            Assert.Throws<InputException>(() => BatchJob.Open(Input, Output));
            Assert.Equal(whole, await File.ReadAllBytesAsync(Output, Cancellation));
        }
        // Requests that were added behind are answered.
        Write([Request("a"), Request("b"), Request("c")]);
        Assert.Equal(new BatchTotals(2, 1, 0), await RunAsync());
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_may()
    {
        const int max = 5;
        Write([.. Enumerable.Range(0, 60).Select(i => Request($"r{i}", 1 + i % 9))]);
        await using var fake = new FakeEngine();
        var most = 0;
        fake.Runner.OnStep = _ => most = Math.Max(most, fake.Engine.Statistics.Running);

        await RunAsync(fake, max);

        Assert.InRange(most, 2, max);
        Assert.Equal(
            Enumerable.Range(0, 60).Select(i => $"r{i}"),
            Results().Select(result => result.GetProperty("custom_id").GetString())
        );
    }

    [Fact]
    public async Task A_run_that_is_cancelled_keeps_what_it_wrote_and_the_next_one_goes_on()
    {
        Write([.. Enumerable.Range(0, 40).Select(i => Request($"r{i}"))]);
        await using var fake = new FakeEngine();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var steps = 0;
        fake.Runner.OnStep = _ =>
        {
            if (++steps == 50)
            {
                source.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(fake, 2, source.Token));
        var before = Results().Count;

        var totals = await RunAsync(fake, 2);

        Assert.InRange(before, 1, 39);
        Assert.Equal((before, 40 - before), (totals.Found, totals.Written));
        Assert.Equal(40, Results().Count);
    }

    [Fact]
    public async Task An_engine_that_fails_ends_the_run_and_writes_no_results_of_it()
    {
        Write([.. Enumerable.Range(0, 5).Select(i => Request($"r{i}"))]);
        await using var fake = new FakeEngine();
        fake.Runner.Fault = new InputException("the model's weights are broken");

        await Assert.ThrowsAsync<InputException>(() => RunAsync(fake, 3));

        Assert.Empty(Results());
    }

    [Fact]
    public void One_process_at_a_time_has_an_output()
    {
        Write([Request("a")]);
        using var job = BatchJob.Open(Input, Output);
        var error = Assert.Throws<InputException>(() => BatchJob.Open(Input, Output));
        Assert.StartsWith($"{Output}: cannot be written", error.Message, StringComparison.Ordinal);
    }

    private static string Request(string id, int maxTokens = 4) =>
        $$$"""{"custom_id":"{{{id}}}","method":"POST","url":"/v1/completions","body":{"prompt":"Once","max_tokens":{{{maxTokens}}},"ignore_eos":true}}""";

    private static string? Code(JsonElement result) =>
        result.GetProperty("error") is { ValueKind: JsonValueKind.Object } error
            ? error.GetProperty("code").GetString()
            : null;

    private static long? Number(JsonElement result) =>
        result.GetProperty("error") is { ValueKind: JsonValueKind.Object } error
            ? error.GetProperty("line").GetInt64()
            : null;

    private void Write(string[] lines) => File.WriteAllText(Input, string.Join('\n', lines));

    private List<JsonElement> Results() =>
        [.. File.ReadAllLines(Output).Select(line => JsonBody.Parse(Encoding.UTF8.GetBytes(line)))];

    private async Task<BatchTotals> RunAsync()
    {
        await using var fake = new FakeEngine();
        return await RunAsync(fake, 8);
    }

    private async Task<BatchTotals> RunAsync(FakeEngine fake, int underWayMax, CancellationToken? cancellation = null)
    {
        using var job = BatchJob.Open(Input, Output);
        var endpoints = new ApiEndpoints(fake.Engine, ServedModel.Of(fake.Engine, "fake"));
        return await job.RunAsync(endpoints, underWayMax, new ManualTime(), null, cancellation ?? Cancellation);
    }
}
