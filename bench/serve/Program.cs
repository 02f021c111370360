using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Bench.Serve;
using Tandem.Serving.Simulation;

// Drives any server of OpenAI's completions with a load, and prints what its clients see. Both servers of a comparison make the same
// number of tokens: prompts are token ids, and answers go on after the tokens that end them.
var url = new Option<string>("--url") { Required = true, Description = "The server, such as http://127.0.0.1:8080." };
var model = new Option<string?>("--model") { Description = "What requests call the model." };
var arrival = new Option<string?>("--arrival")
{
    Description =
        "closed: --clients ask one after the other, what is in --trace where there is one; fixed and poisson: --rate requests a second. Without it as in --trace, or closed.",
};
var clients = new Option<int>("--clients") { DefaultValueFactory = _ => 8 };
var rate = new Option<double>("--rate") { DefaultValueFactory = _ => 1 };
var count = new Option<int>("--requests") { DefaultValueFactory = _ => 32 };
var warmup = new Option<int>("--warmup")
{
    Description = "Requests before, which do not count.",
    DefaultValueFactory = _ => 4,
};
var prompt = new Option<int>("--prompt") { Description = "Tokens of a prompt.", DefaultValueFactory = _ => 128 };
var answer = new Option<int>("--answer") { Description = "Tokens of an answer.", DefaultValueFactory = _ => 64 };
var longPrompt = new Option<int>("--long-prompt")
{
    Description = "All requests are sent at once, and once they generate, one with a prompt of so many tokens.",
};
var shared = new Option<int>("--shared-prefix") { Description = "Tokens that all prompts begin with." };
var trace = new Option<string?>("--trace")
{
    Description = "A file of times and lengths (TIMESTAMP,ContextTokens,GeneratedTokens).",
};
var divide = new Option<double>("--divide")
{
    Description = "Divides the trace's lengths; 8 at least is left.",
    DefaultValueFactory = _ => 1,
};
var stretch = new Option<double>("--stretch")
{
    Description = "Multiplies the trace's gaps.",
    DefaultValueFactory = _ => 1,
};
var vocabulary = new Option<int>("--vocabulary")
{
    Description = "Prompts use ids below this.",
    DefaultValueFactory = _ => 1000,
};
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
var ttft = new Option<double>("--slo-ttft")
{
    Description = "Seconds to the first token that count as good.",
    DefaultValueFactory = _ => 2,
};
var tpot = new Option<double>("--slo-tpot")
{
    Description = "Seconds a token that count as good.",
    DefaultValueFactory = _ => 0.2,
};
var litter = new Option<double>("--litter")
{
    Description = "Requests a second beside them that are refused, of 32 KiB: garbage that the server has to collect.",
};
var fields = new Option<string>("--fields")
{
    Description = "More fields of each request, as a JSON object.",
    DefaultValueFactory = _ => "{}",
};
var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
var key = new Option<string?>("--key") { Description = "The API key." };

var root = new RootCommand("Drives a server of OpenAI's completions with a load.");
foreach (
    Option option in (Option[])
        [
            url,
            model,
            arrival,
            clients,
            rate,
            count,
            warmup,
            prompt,
            answer,
            longPrompt,
            shared,
            trace,
            divide,
            stretch,
            vocabulary,
            seed,
            ttft,
            tpot,
            litter,
            fields,
            key,
            json,
        ]
)
{
    root.Add(option);
}
root.SetAction(
    async (parsed, cancellation) =>
    {
        var prompts = new Prompts(parsed.GetValue(seed), parsed.GetValue(vocabulary), parsed.GetValue(shared));
        var load = parsed.GetValue(trace) is { } file
            ? SimulatedLoad.ReadTrace(file, parsed.GetValue(count), parsed.GetValue(divide), parsed.GetValue(stretch))
            : Load.Of(
                parsed.GetValue(arrival) ?? "closed",
                parsed.GetValue(count),
                parsed.GetValue(rate),
                parsed.GetValue(prompt),
                parsed.GetValue(answer),
                parsed.GetValue(seed)
            );
        using var client = new CompletionClient(
            parsed.GetValue(url)!,
            parsed.GetValue(model),
            parsed.GetValue(key),
            JsonNode.Parse(parsed.GetValue(fields)!)!.AsObject(),
            TimeProvider.System
        );
        var runner = new Runner(client, prompts, TimeProvider.System);
        await runner.ClosedAsync(
            Load.Of("closed", parsed.GetValue(warmup), 1, parsed.GetValue(prompt), 8, 0),
            1,
            cancellation
        );
        if (parsed.GetValue(longPrompt) is > 0 and var length)
        {
            var all = await runner.WithLongPromptAsync(load, length, cancellation);
            Report.PrintLongPrompt(all[..^1], all[^1]);
            return all.Any(sample => sample.Error is not null) ? 1 : 0;
        }
        var isClosed = (parsed.GetValue(arrival) ?? (parsed.GetValue(trace) is null ? "closed" : "")) == "closed";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var littering = Task.CompletedTask;
        var watching = Task.FromResult(new List<double>());
        if (parsed.GetValue(litter) is > 0 and var often)
        {
            (littering, watching) = (client.LitterAsync(often, ending.Token), client.PausesAsync(ending.Token));
        }
        var start = TimeProvider.System.GetTimestamp();
        var samples = isClosed
            ? await runner.ClosedAsync(load, parsed.GetValue(clients), cancellation)
            : await runner.OpenAsync(load, cancellation);
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await ending.CancelAsync();
        await littering;
        if (parsed.GetValue(json))
        {
            Report.PrintJson(samples, seconds, parsed.GetValue(ttft), parsed.GetValue(tpot));
        }
        else
        {
            Report.Print(samples, seconds, parsed.GetValue(ttft), parsed.GetValue(tpot));
            Report.PrintPauses(await watching);
        }
        return samples.Any(sample => sample.Error is not null) ? 1 : 0;
    }
);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return await root.Parse(args).InvokeAsync();
