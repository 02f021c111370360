using System.Globalization;

namespace Tandem.EndToEnd.Server;

/// <summary>What <c>/metrics</c> says is what was done.</summary>
public sealed class ServeMetricsTest
{
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
        double Value(string name, string label = "") =>
            text.Split('\n')
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
        Assert.True(Value("tandem_step_compute_seconds_total") > 0);
        foreach (var stage in (string[])["stage=\"0\"", "stage=\"1\""])
        {
            Assert.True(Value("tandem_stage_busy_seconds_total", stage) > 0);
            Assert.True(Value("tandem_stage_waiting_seconds_total", stage) > 0);
        }
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Named(text);
    }

    // Every name of the documentation's table is there.
    private static void Named(string metrics)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tandem.slnx")))
        {
            folder = folder.Parent;
        }
        var table = File.ReadAllLines(Path.Combine(folder!.FullName, "docs", "metrics.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        foreach (var name in table.Select(line => line.Split('`')[1]))
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }
    }
}
