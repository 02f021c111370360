using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Plans;
using Tandem.Serving;

// How fast a model's file becomes a model, and what memory that leaves:
//
//   dotnet run -c Release --project bench/loading -- MODEL.gguf [REPEATS [THREADS]]
//
// The file is in the system's cache from the first loading on, which is left out. What is resident is counted behind the first
// token, with a context so short that the cache of keys and values is small.
if (args.Length < 1)
{
    Console.Error.WriteLine("usage: loading MODEL.gguf [REPEATS [THREADS]]");
    return 2;
}
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var bytes = new FileInfo(args[0]).Length;
var repeats = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 9;
int? threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : null;
var (speeds, resident) = (new List<double>(), new List<double>());
for (var repeat = -1; repeat < repeats; repeat++)
{
    var start = TimeProvider.System.GetTimestamp();
    await using var engine = await Engine.LoadAsync(
        new EngineOptions
        {
            Model = args[0],
            Threads = threads,
            Context = 64,
            SequencesMax = 1,
        }
    );
    var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    await foreach (
        var _ in engine.GenerateAsync(
            new GenerationRequest
            {
                Prompt = [1, 2, 3, 4, 5, 6, 7, 8],
                Sampling = SamplingParameters.Greedy,
                MaxTokens = 1,
                IgnoreEos = true,
            }
        )
    ) { }
    if (repeat >= 0)
    {
        speeds.Add(bytes / seconds / 1e9);
        resident.Add((ResidentBytes() - bytes) / 1e6);
    }
}
var (speed, over) = (Spread.Of(speeds), Spread.Of(resident));
Console.WriteLine(
    $"{speed.Median:f2} GB of file/s [{speed.Lower:f2}, {speed.Upper:f2}]; resident {bytes / 1e6:f0} MB of file and {over.Median:f0} MB [{over.Lower:f0}, {over.Upper:f0}] more, asked at most {bytes / 20e6 + 80:f0}"
);
return 0;

static long ResidentBytes()
{
    using var process = System.Diagnostics.Process.GetCurrentProcess();
    return process.WorkingSet64;
}
