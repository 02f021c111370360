using System.CommandLine;
using System.Globalization;
using Tandem.Bench.Soak;

// Many clients at once, of whom some leave, some read slowly and some ask for what cannot be, for as long as is wanted; then whether
// the server is as it was: nothing runs, no page of the cache is held, the memory has not grown.
var url = new Option<string>("--url") { Required = true, Description = "The server, such as http://127.0.0.1:8080." };
var pid = new Option<int?>("--pid") { Description = "The server's process, whose memory is looked at (Linux)." };
var clients = new Option<int>("--clients") { DefaultValueFactory = _ => 1000 };
var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 600 };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
var root = new RootCommand("Loads a server with many clients of all kinds.") { url, pid, clients, seconds, seed };
root.SetAction(
    async (parsed, cancellation) =>
    {
        var time = TimeProvider.System;
        using var http = new HttpClient
        {
            BaseAddress = new Uri(parsed.GetValue(url)!),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        var tally = new Tally();
        var figures = new ServerFigures(http, parsed.GetValue(pid));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = Enumerable
            .Range(0, parsed.GetValue(clients))
            .Select(i =>
                Task.Run(() => new SoakClient(http, tally, time, parsed.GetValue(seed) + i).RunAsync(ending.Token))
            )
            .ToArray();
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start).TotalSeconds < parsed.GetValue(seconds))
        {
            await Task.Delay(TimeSpan.FromSeconds(10), time, cancellation);
            Console.WriteLine(
                FormattableString.Invariant(
                    $"{time.GetElapsedTime(start).TotalSeconds, 5:0} s  {tally.Count, 8} ended  {tally.Refused, 7} refused  {tally.Wrong, 3} wrong  {await figures.DescribeAsync(cancellation)}"
                )
            );
        }
        await ending.CancelAsync();
        await Task.WhenAll(running);
        tally.Print();
        var isIdle = await figures.WaitForRestAsync(time, cancellation);
        Console.WriteLine($"{(isIdle ? "at rest" : "NOT AT REST")}: {await figures.DescribeAsync(cancellation)}");
        return tally.Wrong == 0 && isIdle ? 0 : 1;
    }
);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return await root.Parse(args).InvokeAsync();
