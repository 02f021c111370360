using System.Globalization;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Serving.Speculation;

namespace Tandem.Bench.Speculation;

/// <summary>
/// What guessing next tokens brings where 0, 50 and 90 % of the guesses are right, and where a passage is said again with edits: tokens a
/// second with prompt lookup against without, the model's choices being replayed and all else real.
/// </summary>
/// <remarks>
/// <c>dotnet run -c Release --project bench/speculation -- MODEL.gguf [PAIRS [TEXT…]]</c>, texts being 0, 50, 90 and edited. Two quiet
/// cores.
/// </remarks>
internal static class Program
{
    private const int PromptLength = 512;
    private const int AnswerLength = 256;
    private const int Seed = 7;

    public static async Task<int> Main(string[] args)
    {
        if (args.Length < 1)
        {
            await Console.Error.WriteLineAsync("usage: speculation MODEL.gguf [PAIRS [TEXT…]]");
            return 2;
        }
        var pairs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 9;
        var wanted = args.Skip(2).ToHashSet();
        await using var off = await LoadAsync(args[0], SpeculationKind.Off);
        await using var on = await LoadAsync(args[0], SpeculationKind.Lookup);
        Console.WriteLine($"{off.Plan}; {off.Kernels}; {pairs} alternating pairs, quartiles in brackets");
        Console.WriteLine("text    guesses right  tokens a step  tokens/s on  tokens/s off  ratio");
        foreach (var text in new Texts(off.Vocabulary, PromptLength, AnswerLength, Seed).All)
        {
            if (wanted.Count == 0 || wanted.Contains(text.Name))
            {
                await CompareAsync(text, on, off, pairs);
            }
        }
        return 0;
    }

    private static Task<Engine> LoadAsync(string model, SpeculationKind kind) =>
        Engine.LoadAsync(
            new EngineOptions
            {
                Model = model,
                Speculation = kind,
                SequencesMax = 1,
                Context = 1_024,
            }
        );

    private static async Task CompareAsync(Text text, Engine on, Engine off, int pairs)
    {
        // The first run of each warms up, and leaves the prompt in the cache.
        _ = await RunAsync(on, text);
        _ = await RunAsync(off, text);
        var before = on.Statistics;
        var (with, without) = (new double[pairs], new double[pairs]);
        for (var pair = 0; pair < pairs; pair++)
        {
            with[pair] = await RunAsync(on, text);
            without[pair] = await RunAsync(off, text);
        }
        var after = on.Statistics;
        var guesses = after.ProposedTokens - before.ProposedTokens;
        var right = (double)(after.AcceptedTokens - before.AcceptedTokens);
        double[] ratios = [.. with.Zip(without, (a, b) => a / b).Order()];
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{text.Name, -8}{right / guesses, 12:p0}{(double)pairs * AnswerLength / (after.AllSteps.Steps - before.AllSteps.Steps), 15:f2}{Median(with), 13:f1}{Median(without), 14:f1}{ratios[pairs / 2], 8:f3} [{ratios[pairs / 4]:f3}, {ratios[pairs - 1 - pairs / 4]:f3}]"
            )
        );
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    // Tokens a second behind the first.
    private static async Task<double> RunAsync(Engine engine, Text text)
    {
        var request = new GenerationRequest
        {
            Prompt = text.Prompt,
            Sampling = SamplingParameters.Greedy with { Replay = text.Answer },
            MaxTokens = text.Answer.Length,
            IgnoreEos = true,
        };
        GenerationTimes? times = null;
        await foreach (var token in engine.GenerateAsync(request))
        {
            times = token.Times;
        }
        return 1 / times!.TokenSeconds;
    }
}
