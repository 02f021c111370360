using System.Globalization;
using System.Net;
using System.Text;

namespace Tandem.Bench.Soak;

/// <summary>One of many clients: asks, over and over, in a way that a seed chooses anew each time.</summary>
/// <param name="http">The connections.</param>
/// <param name="tally">Where outcomes are counted.</param>
/// <param name="time">The clock.</param>
/// <param name="seed">Chooses.</param>
internal sealed class SoakClient(HttpClient http, Tally tally, TimeProvider time, int seed)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private static readonly Behaviour[] s_behaviours = Enum.GetValues<Behaviour>();

    private readonly Random _random = new(seed);

    /// <summary>Asks until it is told to end.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var behaviour = s_behaviours[_random.Next(s_behaviours.Length)];
            try
            {
                tally.Add(behaviour, await AskAsync(behaviour, cancellation));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                tally.Add(behaviour, error.GetBaseException().Message);
            }
        }
    }

    private async Task<string> AskAsync(Behaviour behaviour, CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (behaviour == Behaviour.Disconnect)
        {
            leaving.CancelAfter(_random.Next(1, 200));
        }
        try
        {
            using var response = await http.SendAsync(
                RequestOf(behaviour),
                HttpCompletionOption.ResponseHeadersRead,
                leaving.Token
            );
            if (response.StatusCode == HttpStatusCode.OK)
            {
                await ReadAsync(behaviour, response, leaving.Token);
            }
            return ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "left";
        }
    }

    private HttpRequestMessage RequestOf(Behaviour behaviour)
    {
        var tokens = _random.Next(1, 200);
        var streams = behaviour is Behaviour.Stream or Behaviour.Cancel or Behaviour.SlowReader ? "true" : "false";
        // Prompts of many lengths, some of which begin alike.
        var prompt = string.Join(',', Enumerable.Repeat(20 + _random.Next(4), _random.Next(1, 300)));
        var body = behaviour switch
        {
            Behaviour.Embed => $$"""{"input":[[{{prompt}}],"a fox"]}""",
            Behaviour.Mistake => $$"""{"prompt":[{{prompt}}],"temperature":-{{tokens}}}""",
            _ =>
                $$"""
                {"prompt":[{{prompt}}],"max_tokens":{{tokens}},"n":{{_random.Next(
                    1,
                    3
                )}},"ignore_eos":true,"stream":{{streams}},"seed":{{_random.Next()}}}
                """,
        };
        return new HttpRequestMessage(
            HttpMethod.Post,
            behaviour == Behaviour.Embed ? "/v1/embeddings" : "/v1/completions"
        )
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
    }

    private async Task ReadAsync(Behaviour behaviour, HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[behaviour == Behaviour.SlowReader ? 64 : 4096];
        var left = behaviour switch
        {
            Behaviour.Cancel => _random.Next(4096),
            Behaviour.SlowReader => 4096,
            _ => int.MaxValue,
        };
        // Whoever leaves in the middle closes the connection.
        for (var read = 1; left > 0 && read > 0; left -= read)
        {
            read = await stream.ReadAsync(buffer, cancellation);
            if (behaviour == Behaviour.SlowReader)
            {
                await Task.Delay(s_pause, time, cancellation);
            }
        }
    }
}
