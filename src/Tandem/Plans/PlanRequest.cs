using System.Globalization;

namespace Tandem.Plans;

/// <summary>How somebody wants a model split: <c>dp=2,pp=2,tp=2,threads=1</c>, evenly unless it says otherwise.</summary>
public sealed record PlanRequest
{
    private const string Known = "dp, pp, tp, threads, layers, share and ep";
    private const int ThreadsMax = 4096;

    /// <summary>Copies of the model.</summary>
    public int DataParallel { get; init; } = 1;

    /// <summary>Stages of each copy, which have its layers between them.</summary>
    public int PipelineParallel { get; init; } = 1;

    /// <summary>Ranks of each stage, which share every layer.</summary>
    public int TensorParallel { get; init; } = 1;

    /// <summary>Cores of each rank.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Layers of each stage, as in <c>layers=7/9</c>; null for stages of about equal weight.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What each rank has in proportion to the others, as in <c>share=2/1</c>; null for equal shares.</summary>
    public IReadOnlyList<int>? Shares { get; init; }

    /// <summary>Whether ranks have whole experts (<c>ep=1</c>), rather than some rows of every one.</summary>
    public bool WholeExperts { get; init; }

    /// <summary>Ranks of all stages of all copies.</summary>
    public int Workers => DataParallel * PipelineParallel * TensorParallel;

    /// <summary>Reads what <see cref="ToString"/> writes; what is not named is 1, or even.</summary>
    /// <exception cref="InputException">It is something else.</exception>
    public static PlanRequest Parse(string text)
    {
        var request = new PlanRequest();
        var seen = new HashSet<string>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
            {
                throw new InputException($"plan '{text}': found '{part}', expected name=value; names are {Known}");
            }
            var name = part[..at];
            if (!seen.Add(name))
            {
                throw new InputException($"plan '{text}': {name} is there twice");
            }
            request = With(request, name, part[(at + 1)..]);
        }
        Check(request);
        return request;
    }

    /// <summary>What of the plan is more than one, such as <c>pp=2,threads=4</c>; empty where nothing is.</summary>
    public string Brief
    {
        get
        {
            (string Name, int Number)[] parts =
            [
                ("dp", DataParallel),
                ("pp", PipelineParallel),
                ("tp", TensorParallel),
                ("threads", Threads),
            ];
            return string.Join(
                ',',
                parts
                    .Where(part => part.Number > 1)
                    .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name}={part.Number}"))
            );
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"dp={DataParallel},pp={PipelineParallel},tp={TensorParallel},threads={Threads}"
        );
        text += Layers is null ? "" : ",layers=" + string.Join('/', Layers);
        text += Shares is null ? "" : ",share=" + string.Join('/', Shares);
        return WholeExperts ? text + ",ep=1" : text;
    }

    private static PlanRequest With(PlanRequest request, string name, string value) =>
        name switch
        {
            "dp" => request with { DataParallel = Number(name, value) },
            "pp" => request with { PipelineParallel = Number(name, value) },
            "tp" => request with { TensorParallel = Number(name, value) },
            "threads" => request with { Threads = Number(name, value) },
            "layers" => request with { Layers = Numbers(name, value) },
            "share" => request with { Shares = Numbers(name, value) },
            "ep" => request with
            {
                WholeExperts = value switch
                {
                    "0" => false,
                    "1" => true,
                    _ => throw new InputException($"plan: ep={value}, expected 0 or 1"),
                },
            },
            _ => throw new InputException($"plan: '{name}' is unknown; names are {Known}"),
        };

    private static int[] Numbers(string name, string value) => [.. value.Split('/').Select(part => Number(name, part))];

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is >= 1 and <= ThreadsMax
            ? number
            : throw new InputException($"plan: {name}={value}, expected whole numbers from 1 to {ThreadsMax}");

    private static void Check(PlanRequest request)
    {
        if (request.Layers is { } layers && layers.Count != request.PipelineParallel)
        {
            Refuse(
                request,
                $"layers are given for {layers.Count} stages, and pp is {request.PipelineParallel}",
                request with
                {
                    PipelineParallel = layers.Count,
                }
            );
        }
        if (request.Shares is { } shares && shares.Count != request.TensorParallel)
        {
            Refuse(
                request,
                $"shares are given for {shares.Count} ranks, and tp is {request.TensorParallel}",
                request with
                {
                    TensorParallel = shares.Count,
                }
            );
        }
        var threads = (long)request.DataParallel * request.PipelineParallel * request.TensorParallel * request.Threads;
        if (threads > ThreadsMax)
        {
            Refuse(request, $"it has {threads} threads, and {ThreadsMax} are the most there can be", Fewer(request));
        }
    }

    private static void Refuse(PlanRequest request, string why, PlanRequest nearest) =>
        throw new InputException($"plan {request}: {why}; the nearest plan that can be is {nearest}");

    // Threads go first, then copies, then stages: a model that needs its stages and ranks keeps them as long as can be.
    private static PlanRequest Fewer(PlanRequest request)
    {
        var room = ThreadsMax / request.TensorParallel;
        var stages = Math.Min(request.PipelineParallel, room);
        room /= stages;
        var copies = Math.Min(request.DataParallel, room);
        return request with
        {
            DataParallel = copies,
            PipelineParallel = stages,
            Threads = Math.Min(request.Threads, room / copies),
            Layers = stages == request.PipelineParallel ? request.Layers : null,
        };
    }
}
