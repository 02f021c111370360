using System.Numerics.Tensors;
using Tandem.Planning.Search;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;
using Tandem.Tests.Planning;
using Tandem.Text.Templates;

namespace Tandem.Tests.Serving;

/// <summary>The engine with the model that ships inside.</summary>
public sealed class EngineTest
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_answers_at_once_are_each_what_they_are_alone()
    {
        await using var engine = await LoadAsync();
        string[] questions =
        [
            "What colour is the sky?",
            "Tell me a story about a fox",
            "What colour is grass?",
            "hello",
        ];
        var alone = new List<string>();
        foreach (var question in questions)
        {
            alone.Add(await AnswerAsync(engine, Ask(engine, question)));
        }
        var together = Enumerable
            .Range(0, 24)
            .Select(i => AnswerAsync(engine, Ask(engine, questions[i % 4])))
            .ToArray();
        for (var i = 0; i < together.Length; i++)
        {
            Assert.Equal(alone[i % 4], await together[i]);
        }
        Assert.Contains("blue", alone[0], StringComparison.Ordinal);
        Assert.Contains("fox", alone[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_are_predicted_where_caches_for_all_requests_do_not_fit_as_well()
    {
        var options = new EngineOptions
        {
            Plan = PlanRequest.Parse("threads=1"),
            Profile = TestMachines.Profile(TestMachines.Machine()),
            Workload = new Workload { Concurrency = 1 << 20, AnswerTokens = 1 << 20 },
        };
        await using var engine = await Engine.LoadAsync(options, null, Cancellation);
        Assert.Equal(0, engine.Statistics.AllSteps.PredictedSeconds);
        await AnswerAsync(engine, Ask(engine, "hello"));
        Assert.True(engine.Statistics.AllSteps.PredictedSeconds > 0);

        await using var unknown = await Engine.LoadAsync(options with { Profile = null }, null, Cancellation);
        Assert.Null(unknown.Statistics.AllSteps.PredictedSeconds);
    }

    [Fact]
    public async Task A_model_without_a_vocabulary_is_refused_for_that_reason()
    {
        using var folder = new TemporaryFolder();
        var path = TinyModel.Write(folder.Path, "llama", "F32", 1);
        var error = await Assert.ThrowsAsync<InputException>(() =>
            Engine.LoadAsync(new EngineOptions { Model = path }, cancellationToken: Cancellation)
        );
        Assert.Contains("tokenizer", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dp=1")]
    [InlineData("dp=2,pp=2,tp=2")]
    public async Task Two_hundred_that_join_at_different_moments_give_the_text_of_each_alone_bit_for_bit(string plan)
    {
        var random = new Random(TestRun.Seed);
        var options = new EngineOptions
        {
            Plan = PlanRequest.Parse(plan),
            Context = 256,
            SequencesMax = 200,
            StepTokensMax = random.Next(201, 300),
        };
        await using var together = await Engine.LoadAsync(options, null, Cancellation);
        await using var alone = await Engine.LoadAsync(
            new EngineOptions
            {
                Plan = PlanRequest.Parse(plan),
                Context = 256,
                SequencesMax = 1,
                PrefixCache = false,
            },
            null,
            Cancellation
        );
        var requests = Enumerable.Range(0, 200).Select(i => Random(together, random, i)).ToArray();
        var answers = new List<Task<List<GeneratedToken>>>();
        foreach (var request in requests)
        {
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            answers.Add(Task.Run(() => TokensAsync(together, request, first), Cancellation));
            // Some join while others are already under way.
            if (random.Next(20) == 0)
            {
                await Task.WhenAny(first.Task, answers[^1]);
            }
        }
        for (var i = 0; i < requests.Length; i++)
        {
            var expected = await TokensAsync(alone, requests[i]);
            Assert.Equal(expected.Select(Lasting), (await answers[i]).Select(Lasting));
        }
        Assert.True(together.Statistics.PrefixTokensHit > 0, "some shared a page");
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_and_is_no_part_of_it()
    {
        await using var engine = await LoadAsync();
        var request = Ask(engine, "Tell me a story about a fox");
        var whole = await AnswerAsync(engine, request);
        var stop = whole.Substring(20, 9);
        var cut = await AnswerAsync(engine, request with { Stop = [stop] });
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], cut);
    }

    [Fact]
    public async Task The_last_token_says_why_and_how_long()
    {
        await using var engine = await LoadAsync();
        var request = Ask(engine, "Tell me a story about a fox") with { MaxTokens = 5 };
        var tokens = new List<GeneratedToken>();
        await foreach (var token in engine.GenerateAsync(request, Cancellation))
        {
            tokens.Add(token);
        }
        Assert.Equal(5, tokens.Count);
        Assert.All(tokens[..4], token => Assert.Null(token.Finish));
        Assert.Equal(FinishReason.Length, tokens[4].Finish);
        Assert.Equal(5, tokens[4].Times!.GeneratedTokens);
        Assert.True(tokens[4].Times!.FirstTokenSeconds <= tokens[4].Times!.TotalSeconds);
    }

    [Fact]
    public async Task A_repeated_prompt_comes_from_the_cache_and_gives_the_same()
    {
        await using var engine = await LoadAsync();
        var prompt = Enumerable.Range(0, 200).Select(i => 5 + i % 90).ToArray();
        var request = new GenerationRequest
        {
            Prompt = prompt,
            Sampling = SamplingParameters.Greedy,
            MaxTokens = 8,
        };
        var first = await LastAsync(engine, request);
        var second = await LastAsync(engine, request);
        Assert.Equal(0, first.Times!.CachedTokens);
        Assert.True(second.Times!.CachedTokens >= 128, $"{second.Times.CachedTokens} tokens were cached");
        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public async Task Sixty_four_requests_that_share_a_prefix_compute_it_once()
    {
        const int shared = 1_024;
        var options = new EngineOptions { Threads = 1, Context = 1_200 };
        await using var engine = await Engine.LoadAsync(options, null, Cancellation);
        var prefix = Enumerable.Range(0, shared).Select(i => 5 + i * i % 90).ToArray();
        var last = await Task.WhenAll(
            Enumerable
                .Range(0, 64)
                .Select(i =>
                    LastAsync(
                        engine,
                        new GenerationRequest
                        {
                            Prompt = [.. prefix, 5 + i],
                            MaxTokens = 3,
                            IgnoreEos = true,
                        }
                    )
                )
        );
        Assert.Equal(63, last.Count(token => token.Times!.CachedTokens == shared));
        // The prefix, and for each request its own token and two generated ones.
        Assert.Equal(shared + 64 * 3, engine.Statistics.AllSteps.Rows);
    }

    [Fact]
    public async Task A_stop_token_ends_the_answer_and_is_no_part_of_it()
    {
        await using var engine = await LoadAsync();
        var request = Ask(engine, "Tell me a story about a fox");
        var tokens = new List<GeneratedToken>();
        await foreach (var token in engine.GenerateAsync(request, Cancellation))
        {
            tokens.Add(token);
        }
        var stop = tokens[10].Id;
        var index = tokens.FindIndex(token => token.Id == stop);
        var text = await AnswerAsync(engine, request with { StopTokens = [stop] });
        Assert.Equal(string.Concat(tokens[..index].Select(token => token.Text)), text);
        Assert.Equal(FinishReason.Stop, tokens[^1].Finish);
    }

    [Fact]
    public async Task Without_its_end_a_model_goes_on_to_the_end_of_the_context()
    {
        await using var engine = await LoadAsync();
        var request = Ask(engine, "hello") with { IgnoreEos = true };
        var last = await LastAsync(engine, request);
        Assert.Equal(FinishReason.Length, last.Finish);
        Assert.Equal(engine.Context, last.Times!.PromptTokens + last.Times.GeneratedTokens);
    }

    [Fact]
    public async Task Embeddings_have_length_one_and_alike_texts_are_nearer()
    {
        await using var engine = await LoadAsync();
        async Task<float[]> Embed(string text) =>
            (await engine.EmbedAsync([engine.Tokenizer.Encode(text)], cancellationToken: Cancellation))[0];
        var fox = await Embed("Tell me a story about a fox");
        var hare = await Embed("Tell me a story about a hare");
        var sky = await Embed("What colour is the sky?");
        Assert.Equal(engine.EmbeddingLength, fox.Length);
        Assert.Equal(1, TensorPrimitives.Norm<float>(fox), 1e-5);
        Assert.True(TensorPrimitives.Dot<float>(fox, hare) > TensorPrimitives.Dot<float>(fox, sky));
    }

    [Fact]
    public async Task Log_probabilities_come_where_they_are_asked_for()
    {
        await using var engine = await LoadAsync();
        var request = Ask(engine, "What colour is the sky?");
        var plain = await LastAsync(engine, request);
        var sampling = SamplingParameters.Greedy with { TopLogProbabilities = 3 };
        var asked = await LastAsync(engine, request with { Sampling = sampling });
        Assert.Null(plain.LogProbability);
        Assert.Empty(plain.Top);
        Assert.Equal(3, asked.Top.Count);
        Assert.Equal(asked.Top[0], new TokenChance(asked.Id, asked.LogProbability!.Value));
    }

    [Fact]
    public async Task A_cancelled_request_ends_and_the_next_one_runs()
    {
        await using var engine = await LoadAsync();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var request = Ask(engine, "Tell me a story about a fox") with { IgnoreEos = true };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var token in engine.GenerateAsync(request, source.Token))
            {
                await source.CancelAsync();
            }
        });
        Assert.Contains(
            "blue",
            await AnswerAsync(engine, Ask(engine, "What colour is the sky?")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_engine_can_be_disposed_while_it_answers()
    {
        var engine = await LoadAsync();
        var request = Ask(engine, "Tell me a story about a fox") with { IgnoreEos = true };
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var token in engine.GenerateAsync(request, Cancellation))
            {
                await engine.DisposeAsync();
            }
        });
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AnswerAsync(engine, request));
    }

    [Fact]
    public async Task Requests_that_cannot_be_are_refused_with_both_numbers()
    {
        await using var engine = await LoadAsync();
        async Task<string> Refuse(params int[] prompt) =>
            (
                await Assert.ThrowsAsync<InputException>(() =>
                    AnswerAsync(engine, new GenerationRequest { Prompt = prompt })
                )
            ).Message;
        Assert.Contains("at least one", await Refuse(), StringComparison.Ordinal);
        Assert.Contains("99999", await Refuse(99999), StringComparison.Ordinal);
        var tooLong = await Refuse(new int[engine.Context + 1]);
        Assert.Contains($"{engine.Context + 1}", tooLong, StringComparison.Ordinal);
    }

    private static Task<Engine> LoadAsync() => Engine.LoadAsync(new EngineOptions { Threads = 1 }, null, Cancellation);

    private static GenerationRequest Ask(Engine engine, string question)
    {
        var template = ChatTemplate.From(engine.Header)!;
        var chat = template.RenderChat([new ChatMessage("user", question)], true, new TemplateContext());
        return new GenerationRequest
        {
            Prompt = ChatEncoder.Encode(engine.Tokenizer, chat, parseSpecial: false),
            Sampling = SamplingParameters.Greedy,
        };
    }

    private static GenerationRequest Random(Engine engine, Random random, int number)
    {
        string[] animals = ["fox", "hare", "bear", "owl"];
        var request = Ask(engine, $"Tell me a story about a {animals[random.Next(animals.Length)]}");
        return request with
        {
            // They begin alike, over a page or two.
            Prompt = [.. Enumerable.Range(0, random.Next(130)).Select(i => 300 + i * i % 90), .. request.Prompt],
            MaxTokens = random.Next(1, 40),
            IgnoreEos = number % 3 == 0,
            Stop = number % 7 == 0 ? ["the"] : [],
            Sampling = engine.DefaultSampling with
            {
                Seed = (ulong)number,
                Temperature = number % 3 == 0 ? 0 : 1,
                RepetitionPenalty = number % 4 == 0 ? 1.2f : 1,
                TopLogProbabilities = 2,
            },
        };
    }

    private static async Task<List<GeneratedToken>> TokensAsync(
        Engine engine,
        GenerationRequest request,
        TaskCompletionSource? first = null
    )
    {
        var tokens = new List<GeneratedToken>();
        await foreach (var token in engine.GenerateAsync(request, Cancellation))
        {
            tokens.Add(token);
            first?.TrySetResult();
        }
        return tokens;
    }

    // All of a token but when it came.
    private static (int, string, int, string, FinishReason?) Lasting(GeneratedToken token) =>
        (
            token.Id,
            token.Text,
            BitConverter.SingleToInt32Bits(token.LogProbability!.Value),
            string.Join(' ', token.Top.Select(top => (top.Id, BitConverter.SingleToInt32Bits(top.LogProbability)))),
            token.Finish
        );

    private static async Task<string> AnswerAsync(Engine engine, GenerationRequest request)
    {
        var text = "";
        await foreach (var token in engine.GenerateAsync(request, Cancellation))
        {
            text += token.Text;
        }
        return text;
    }

    private static async Task<GeneratedToken> LastAsync(Engine engine, GenerationRequest request)
    {
        GeneratedToken? last = null;
        await foreach (var token in engine.GenerateAsync(request, Cancellation))
        {
            last = token;
        }
        return last!;
    }
}
