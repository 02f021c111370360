using System.Globalization;

namespace Tandem.EndToEnd.Server;

/// <summary>What <c>/metrics</c> says is what was done.</summary>
public sealed class ServeMetricsTest
{
    private const string Predicted = "tandem_predicted_";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_tokens_steps_and_the_cache_are_counted_and_no_text_is_there()
    {
        await using var server = await ServerProcess.StartAsync([
            "--alias",
            "small",
            "--plan",
            "pp=2",
            "--slo",
            "ttft=1h,tpot=1ms",
        ]);
        var prompt = string.Join(',', Enumerable.Range(20, 200));
        for (var i = 0; i < 2; i++)
        {
            await server.Client.AskAsync(
                Requests.Completions,
                $$"""{"prompt":[{{prompt}}],"max_tokens":5,"ignore_eos":true,"user":"secret"}"""
            );
        }
        var text = await server.Client.GetStringAsync("/metrics", Cancellation);
        double Value(string name, string label = "") => ValueOf(text, name, label);

        Assert.Equal(400, Value("tandem_tokens_prompt_total"));
        Assert.Equal(10, Value("tandem_tokens_generated_total"));
        Assert.Equal(2, Value("gen_ai_server_time_to_first_token_seconds_count", "text_completion"));
        Assert.Equal(2, Value("gen_ai_server_time_per_output_token_seconds_count", "small"));
        Assert.Equal(2, Value("gen_ai_server_request_duration_seconds_count"));
        Assert.Equal(2, Value("tandem_slo_answers_total"));
        Assert.Equal(192, Value("tandem_prefix_cache_hits_total"));
        Assert.Equal(398, Value("tandem_prefix_cache_queries_total"));
        Assert.Equal(0, Value("tandem_requests_running"));
        Assert.Equal(0, Value("tandem_requests_waiting"));
        Assert.InRange(Value("tandem_kv_cache_usage_ratio"), 0, 1);
        Assert.True(Value("tandem_steps_total") >= 10);
        foreach (var kind in (string[])["kind=\"generating\"", "kind=\"prompts\""])
        {
            Assert.True(Value("tandem_steps_total", kind) >= 2);
            Assert.True(Value("tandem_step_compute_seconds_total", kind) > 0);
        }
        foreach (var stage in (string[])["stage=\"0\"", "stage=\"1\""])
        {
            Assert.True(Value("tandem_stage_busy_seconds_total", stage) > 0);
            Assert.True(Value("tandem_stage_waiting_seconds_total", stage) > 0);
        }
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        // What is predicted needs a profile.
        Assert.DoesNotContain(Predicted, text, StringComparison.Ordinal);
        Assert.Equal(1, Value("tandem_profile_info", "state=\"none\""));
        Assert.All(
            Documented().Where(name => !name.StartsWith(Predicted, StringComparison.Ordinal)),
            name => Assert.Contains(name, text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_was_predicted_of_each_answer_is_beside_what_was_measured()
    {
        using var folder = new TemporaryFolder();
        var cache = TestProfile.Keep(folder, TestProfile.TwoSlowCores(0));
        await using var server = await ServerProcess.StartAsync(["--plan", "threads=1"], cache);
        foreach (var tokens in (int[])[5, 1])
        {
            await server.Client.AskAsync(
                Requests.Completions,
                $$"""{"prompt":[20,21,22],"max_tokens":{{tokens}},"ignore_eos":true}"""
            );
        }
        var text = await server.Client.GetStringAsync("/metrics", Cancellation);

        Assert.Equal(1, ValueOf(text, "tandem_profile_info", "state=\"used\""));
        const string First = "time_to_first_token_seconds";
        const string Token = "time_per_output_token_seconds";
        Assert.Equal(2, ValueOf(text, $"{Predicted}{First}_count", "text_completion"));
        Assert.Equal(1, ValueOf(text, $"{Predicted}{Token}_count", "text_completion"));
        // These cores are said to read 10 MB a second: the model inside takes them at least 50 ms a pass.
        Assert.InRange(ValueOf(text, $"{Predicted}{First}_sum"), 0.1, 10);
        Assert.InRange(ValueOf(text, $"{Predicted}{Token}_sum"), 0.05, 5);
        // Five steps for the first answer, one for the second.
        Assert.InRange(ValueOf(text, $"{Predicted}step_seconds_total"), 0.3, 15);
        Assert.All(
            Documented().Where(name => name.StartsWith(Predicted, StringComparison.Ordinal)),
            name => Assert.Contains(name, text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_stale_profile_is_named_and_predicts_nothing()
    {
        using var folder = new TemporaryFolder();
        var cache = TestProfile.Keep(folder, TestProfile.OfAnotherMachine(TestProfile.TwoSlowCores(0)));
        await using var server = await ServerProcess.StartAsync(["--plan", "threads=1"], cache);
        await server.Client.AskAsync(Requests.Completions, """{"prompt":[20,21,22],"max_tokens":2}""");
        var text = await server.Client.GetStringAsync("/metrics", Cancellation);
        Assert.Equal(1, ValueOf(text, "tandem_profile_info", "state=\"stale\""));
        Assert.DoesNotContain(Predicted, text, StringComparison.Ordinal);
        var ended = await server.TerminateAsync();
        Assert.Contains("is stale: it was measured on Other, 3 cores", ended.Notice, StringComparison.Ordinal);
    }

    private static double ValueOf(string metrics, string name, string label = "") =>
        metrics
            .Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' ')
            .Where(line => line.Contains(label, StringComparison.Ordinal))
            .Sum(line =>
                double.Parse(
                    line[(line.IndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[
                        line.Contains('}') ? 0 : 1
                    ],
                    CultureInfo.InvariantCulture
                )
            );

    // The names of the documentation's table.
    private static IEnumerable<string> Documented()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tandem.slnx")))
        {
            folder = folder.Parent;
        }
        var table = File.ReadAllLines(Path.Combine(folder!.FullName, "docs", "metrics.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        return table.Select(line => line.Split('`')[1]);
    }
}
