using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Tandem.Bench.Peers;

/// <summary>Another program with one sequence where the row has several.</summary>
internal sealed class Alone(Contender contender) : Contender(contender.Name)
{
    public override Figures Run(string model, int threads, Row row) =>
        contender.Run(model, threads, row with { Sequences = 1 });
}

/// <summary>
/// llama.cpp's <c>llama-batched-bench</c>: several sequences at once. It prints a line of JSON, or, where that is an older program's, a table
/// among its other messages.
/// </summary>
internal sealed class LlamaBatchedBench(string name, string path, string[] more) : Contender(name)
{
    public override Figures Run(string model, int threads, Row row)
    {
        string[] sizes =
        [
            "-c",
            $"{row.Sequences * (row.Prompt + row.Generate)}",
            "-npp",
            $"{row.Prompt}",
            "-ntg",
            $"{row.Generate}",
            "-npl",
            $"{row.Sequences}",
        ];
        string[] arguments = ["-m", model, "-t", $"{threads}", .. sizes, "--output-format", "jsonl", .. more];
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var messages = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{path} ended with {process.ExitCode}: {messages.Result}");
        }
        if (output.IndexOf('{', StringComparison.Ordinal) is var json and >= 0)
        {
            var report = JsonNode.Parse(output[json..])!;
            return new Figures(Number(report, "speed_pp"), Number(report, "speed_tg"));
        }
        return OfTable(messages.Result);
    }

    private Figures OfTable(string messages)
    {
        var rows = messages
            .Split('\n')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 2)
            .ToList();
        var header = rows.FindIndex(cells => Array.IndexOf(cells, "S_TG t/s") >= 0);
        if (header < 0)
        {
            throw new InvalidOperationException($"{path} printed neither JSON nor a table: {messages}");
        }
        // Between them is a line of dashes.
        double Cell(string column) =>
            double.Parse(rows[header + 2][Array.IndexOf(rows[header], column)], CultureInfo.InvariantCulture);
        return new Figures(Cell("S_PP t/s"), Cell("S_TG t/s"));
    }
}

/// <summary>
/// llama.cpp's <c>llama-server</c>, asked by several clients at once; the speeds are those that it tells itself for each answer, added up.
/// </summary>
internal sealed class LlamaServer(string name, string path, string[] more, TimeProvider time) : Contender(name)
{
    private const int LoadingSecondsMax = 120;
    private const int AskingAgainMs = 100;

    // Which ids a prompt has does not matter to its time.
    private const int IdsBelow = 1000;
    private const int Chosen = 1000;

    public override Figures Run(string model, int threads, Row row) =>
        RunAsync(model, threads, row).GetAwaiter().GetResult();

    private async Task<Figures> RunAsync(string model, int threads, Row row)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(
            path,
            [
                "-m",
                model,
                "-t",
                $"{threads}",
                "--host",
                "127.0.0.1",
                "--port",
                $"{port}",
                "-np",
                $"{row.Sequences}",
                "-c",
                $"{row.Sequences * (row.Prompt + row.Generate + 64)}",
                .. more,
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var server = Process.Start(start)!;
        // What it says is of no interest, and must not fill the pipes.
        server.OutputDataReceived += (_, _) => { };
        server.ErrorDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        try
        {
            using var client = new HttpClient
            {
                BaseAddress = new Uri($"http://127.0.0.1:{port}"),
                Timeout = Timeout.InfiniteTimeSpan,
            };
            await WaitUntilReadyAsync(client, server);
            await AskAllAsync(client, row with { Generate = 8 });
            return await AskAllAsync(client, row);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private async Task<Figures> AskAllAsync(HttpClient client, Row row)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, row.Sequences).Select(AskAsync));
        return new Figures(
            answers.Sum(times => Number(times, "prompt_per_second")),
            answers.Sum(times => Number(times, "predicted_per_second"))
        );

        async Task<JsonNode> AskAsync(int sequence)
        {
            var prompt = new JsonArray();
            for (var i = 0; i < row.Prompt; i++)
            {
                prompt.Add(1 + (i + 1) * (sequence + 1) * 7919 % IdsBelow);
            }
            var body = new JsonObject
            {
                ["prompt"] = prompt,
                ["n_predict"] = row.Generate,
                ["ignore_eos"] = true,
                ["temperature"] = 0,
                ["cache_prompt"] = false,
                // A model of random weights may answer what is no text, which the server then refuses: so it is made to choose one token.
                ["logit_bias"] = new JsonArray(new JsonArray(Chosen, 1e6)),
            };
            using var response = await client.PostAsJsonAsync("/completion", body);
            if (!response.IsSuccessStatusCode)
            {
                throw new InvalidOperationException(
                    $"{path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}"
                );
            }
            var answer = await response.Content.ReadFromJsonAsync<JsonNode>();
            return answer!["timings"]!;
        }
    }

    private async Task WaitUntilReadyAsync(HttpClient client, Process server)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start).TotalSeconds < LoadingSecondsMax && !server.HasExited)
        {
            try
            {
                using var response = await client.GetAsync("/health");
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(AskingAgainMs), time);
        }
        throw new InvalidOperationException($"{path} did not answer within {LoadingSecondsMax} s");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
