using System.Globalization;

namespace Tandem.Bench.Soak;

/// <summary>What a server says of itself, and what the system says of its memory.</summary>
/// <param name="http">Leads to the server.</param>
/// <param name="process">Its process, or null.</param>
internal sealed class ServerFigures(HttpClient http, int? process)
{
    private const double Kibi = 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>What runs and waits, how much of the cache is held, and the memory, on one line.</summary>
    public async Task<string> DescribeAsync(CancellationToken cancellation)
    {
        var (running, waiting, cache) = await ReadAsync(cancellation);
        var memory = process is null ? "" : FormattableString.Invariant($", {ResidentMebibytes():0} MiB resident");
        return FormattableString.Invariant(
            $"{running} running, {waiting} waiting, {100 * cache:0.0} % of the cache held{memory}"
        );
    }

    /// <summary>Waits until nothing runs, waits or holds the cache; false where that does not come within a minute.</summary>
    public async Task<bool> WaitForRestAsync(TimeProvider time, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (await ReadAsync(cancellation) is not (0, 0, 0))
        {
            if (time.GetElapsedTime(start) > s_patience)
            {
                return false;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation);
        }
        return true;
    }

    private async Task<(double Running, double Waiting, double Cache)> ReadAsync(CancellationToken cancellation)
    {
        var lines = (await http.GetStringAsync("/metrics", cancellation)).Split('\n');
        double Value(string name)
        {
            var line = lines.Single(line => line.StartsWith(name, StringComparison.Ordinal));
            return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        }
        return (
            Value("tandem_requests_running"),
            Value("tandem_requests_waiting"),
            Value("tandem_kv_cache_usage_ratio")
        );
    }

    private double ResidentMebibytes()
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)
            / Kibi;
    }
}
