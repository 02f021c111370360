using System.Globalization;
using Tandem.Formats;
using Tandem.Planning.Costs;
using Tandem.Planning.Profiles;

namespace Tandem.Planning.Search;

/// <summary>Says of a model that fits no way how much memory is missing, where, and what would fit.</summary>
/// <param name="cost">The model.</param>
/// <param name="profile">The machines.</param>
/// <param name="workload">What is to be done.</param>
internal sealed class Shortage(ModelCost cost, HardwareProfile profile, Workload workload)
{
    private readonly RankPlacement _whole = new(profile.Machines[0], 0, 1, 1, 1, 1);

    /// <summary>The error.</summary>
    /// <param name="stepTokensMax">Tokens of the largest step.</param>
    public InputException Error(int stepTokensMax)
    {
        var memory = new MemoryModel(cost, workload, stepTokensMax, areProcesses: false);
        var caches = cost.Blocks.Sum(block => memory.CacheBytes(block, _whole, 1));
        var weights =
            cost.Blocks.Sum(block => memory.LayerBytes(block, _whole, 1))
            - caches
            + memory.HeadBytes(_whole)
            + cost.EmbeddingBytes;
        var buffers = memory.BufferBytes(_whole);
        var available = profile.Machines.Sum(machine => machine.Count * MemoryModel.Usable(machine));
        var missing = weights + caches + buffers - available;
        var has = string.Join(
            " and ",
            profile.Machines.Select(machine =>
                Text($"{machine.Count} × '{machine.Name}' with {machine.MemoryBytes / 1e9:f2} GB")
            )
        );
        var what = Text(
            $"{cost.Source} takes {weights / 1e9:f2} GB of weights, {caches / 1e9:f2} of caches for {workload.Concurrency} requests of {workload.PromptTokens} + {workload.AnswerTokens} tokens, and {buffers / 1e9:f2} of buffers; profile '{profile.Name}' has {has}, {MemoryModel.ReserveBytes / 1e9:f2} GB of each for the program itself: "
        );
        var where = Where(missing);
        return new InputException($"{what}{where}; {WhatFits(available - buffers, weights, caches)}");
    }

    private string Where(double missing)
    {
        var count = profile.Machines.Sum(machine => machine.Count);
        return missing <= 0 ? "that would do for all together, but no cut of layers and shares leaves each its part"
            : count == 1 ? Text($"{missing / 1e9:f2} GB are missing there")
            : Text($"{missing / 1e9:f2} GB are missing on the {count} together, {missing / count / 1e9:f2} on each");
    }

    // As many requests, else as long a one, else the format with the most bits, that leave room for the rest.
    private string WhatFits(double roomBytes, double weights, double caches)
    {
        if (roomBytes <= 0)
        {
            return "nothing would fit";
        }
        var requests = (int)((roomBytes - weights) / (caches / workload.Concurrency));
        if (requests >= 1 && requests < workload.Concurrency)
        {
            return requests == 1
                ? "one such request at a time would fit"
                : Text($"{requests} such requests at a time would fit");
        }
        var tokens = (int)((roomBytes - weights) / (caches / workload.Concurrency) * Tokens);
        if (tokens >= 1 && tokens < Tokens)
        {
            return Text($"one request of {tokens} tokens, prompt and answer together, would fit");
        }
        var bitsAWeight = 8 * (roomBytes - caches) / Weights;
        var format = FormatTable
            .All.Where(format => BitsOf(format) <= bitsAWeight && BitsOf(format) < 8 * weights / Weights)
            .MaxBy(BitsOf);
        var model = Text($"a model of {Math.Max(0, roomBytes - caches) / 1e9:f2} GB would fit");
        return format is null ? model : $"{model}, such as this one in {format.Name}";
    }

    private int Tokens => workload.PromptTokens + workload.AnswerTokens;

    private double Weights =>
        cost.Blocks.Sum(block => block.Matrices.Sum(matrix => (double)matrix.Weights * matrix.Experts))
        + cost.Head.Weights * (cost.EmbeddingBytes > 0 ? 2 : 1);

    private static double BitsOf(Format format) => 8.0 * format.BlockBytes / format.BlockLength;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
