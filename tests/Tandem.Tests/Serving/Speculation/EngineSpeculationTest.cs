using Tandem.Plans;
using Tandem.Serving;
using Tandem.Serving.Speculation;

namespace Tandem.Tests.Serving.Speculation;

/// <summary>The engine with the model that ships inside, which tells much the same story again and again.</summary>
public sealed class EngineSpeculationTest(ITestOutputHelper output)
{
    private const int Requests = 40;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tp=1")]
    [InlineData("tp=2")]
    [InlineData("pp=2")]
    [InlineData("dp=2,pp=2,tp=2")]
    public async Task Lookup_changes_no_bit_of_an_answer_nor_where_it_ends(string plan)
    {
        var options = new EngineOptions
        {
            Plan = PlanRequest.Parse(plan),
            Context = 512,
            SequencesMax = 16,
            StepTokensMax = 64,
            // Little enough that some are set back.
            CacheMemoryBytes = 4 << 20,
        };
        var expected = await AnswersAsync(options);
        var (answers, statistics) = await AnswersAsync(options with { Speculation = SpeculationKind.Lookup });
        for (var i = 0; i < Requests; i++)
        {
            Assert.Equal(expected.Answers[i], answers[i]);
        }
        output.WriteLine(
            $"{statistics.AcceptedTokens} of {statistics.ProposedTokens} guesses right, {statistics.SetBacks} set back"
        );
        Assert.True(statistics.AcceptedTokens > 0 && statistics.ProposedTokens > statistics.AcceptedTokens);
    }

    [Theory]
    [InlineData("tp=1")]
    [InlineData("dp=2,pp=2,tp=2")]
    public async Task A_draft_changes_no_bit_of_an_answer_and_guesses_what_is_its_own(string plan)
    {
        var model = SharedData.Require("models/stories260K.gguf");
        var options = new EngineOptions
        {
            Model = model,
            Plan = PlanRequest.Parse(plan),
            Context = 512,
            SequencesMax = 8,
            StepTokensMax = 256,
            CacheMemoryBytes = 8 << 20,
        };
        var expected = await AnswersAsync(options);
        var drafted = options with { Speculation = SpeculationKind.Draft, Draft = model };
        var (answers, statistics) = await AnswersAsync(drafted);
        for (var i = 0; i < Requests; i++)
        {
            Assert.Equal(expected.Answers[i], answers[i]);
        }
        output.WriteLine($"{statistics.AcceptedTokens} of {statistics.ProposedTokens} guesses right");
        // Ranks add up in another order, so now and then one of it chooses otherwise.
        Assert.InRange(statistics.AcceptedTokens, 0.9 * statistics.ProposedTokens, statistics.ProposedTokens);
        Assert.True(statistics.AcceptedTokens > 0, "guesses were made");
    }

    [Fact]
    public async Task A_draft_with_another_vocabulary_is_refused_with_both_sizes()
    {
        var options = new EngineOptions
        {
            Speculation = SpeculationKind.Draft,
            Draft = SharedData.Require("models/stories260K.gguf"),
        };
        var error = await Assert.ThrowsAsync<InputException>(() => Engine.LoadAsync(options, null, Cancellation));
        Assert.Contains("a draft with 512 tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("same vocabulary", error.Message, StringComparison.Ordinal);
    }

    private static async Task<(string[] Answers, EngineStatistics Statistics)> AnswersAsync(EngineOptions options)
    {
        await using var engine = await Engine.LoadAsync(options, null, Cancellation);
        var random = new Random(TestRun.Seed);
        var requests = Enumerable.Range(0, Requests).Select(i => Request(engine, random, i)).ToArray();
        var answers = await Task.WhenAll(requests.Select(request => AnswerAsync(engine, request)));
        return (answers, engine.Statistics);
    }

    private static GenerationRequest Request(Engine engine, Random random, int number)
    {
        string[] animals = ["fox", "hare", "bear", "owl"];
        var text = $"Once upon a time there was a {animals[random.Next(animals.Length)]}. ";
        return new GenerationRequest
        {
            Prompt = engine.Tokenizer.Encode(string.Concat(Enumerable.Repeat(text, random.Next(1, 8)))),
            MaxTokens = random.Next(1, 150),
            IgnoreEos = number % 3 == 0,
            Stop = number % 4 == 0 ? ["the ", "and"] : [],
            StopTokens = number % 5 == 0 ? [random.Next(engine.Vocabulary)] : [],
            Sampling = new SamplingParameters
            {
                Seed = (ulong)number,
                Temperature = number % 2 == 0 ? 0 : 0.9f,
                RepetitionPenalty = number % 7 == 0 ? 1.1f : 1,
                FrequencyPenalty = number % 7 == 1 ? 0.2f : 0,
                TopLogProbabilities = number % 3 - 1,
            },
        };
    }

    // All of an answer but its times.
    private static async Task<string> AnswerAsync(Engine engine, GenerationRequest request)
    {
        var answer = "";
        await foreach (var token in engine.GenerateAsync(request, Cancellation))
        {
            var top = string.Join(
                ' ',
                token.Top.Select(one => (one.Id, BitConverter.SingleToInt32Bits(one.LogProbability)))
            );
            answer +=
                $"{token.Id} {token.Text} {BitConverter.SingleToInt32Bits(token.LogProbability ?? 0)} {top} {token.Finish} {token.Times?.GeneratedTokens}\n";
        }
        return answer;
    }
}
