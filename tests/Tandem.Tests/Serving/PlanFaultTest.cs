using Tandem.Loading;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;

namespace Tandem.Tests.Serving;

/// <summary>What happens to the others when one worker of a plan fails, is slow, or nobody wants the answer any more.</summary>
public sealed class PlanFaultTest : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tp=3")]
    [InlineData("tp=3,threads=2")]
    public void A_rank_that_throws_ends_its_stage_with_its_error(string plan)
    {
        using var model = Load(plan);
        var stage = model.Replicas[0][0];
        var step = OneRow();
        var error = Assert.Throws<InvalidDataException>(() =>
            stage.Run(worker =>
            {
                if (worker.Plan.Slice.Rank == 1)
                {
                    throw new InvalidDataException("rank 1 is broken");
                }
                worker.Forward(step, 0);
            })
        );
        Assert.Equal("rank 1 is broken", error.Message);
        Assert.ThrowsAny<Exception>(() => stage.Forward(step, 0));
    }

    [Theory]
    [InlineData("pp=1", 0)]
    [InlineData("pp=2", 0)]
    [InlineData("pp=3,tp=2", 2)]
    public async Task A_last_stage_that_throws_ends_the_runner_and_is_heard_of(string plan, int goodSteps)
    {
        using var model = Load(plan);
        var reader = new FailingReader(goodSteps);
        var runner = new ModelRunner(model.Replicas[0], reader, () => new StepResult(0, 0), TimeProvider.System);
        var failing = Task.Run(
            () =>
            {
                for (var step = 0; step < 10; step++)
                {
                    runner.Submit(OneRow());
                    runner.Receive();
                }
            },
            Cancellation
        );
        var error = await Assert.ThrowsAnyAsync<Exception>(() => failing.WaitAsync(s_limit, Cancellation));
        Assert.Contains("the reader is broken", error.Message, StringComparison.Ordinal);
        await Task.Run(runner.Dispose, Cancellation).WaitAsync(s_limit, Cancellation);
    }

    [Theory]
    [InlineData("pp=3")]
    [InlineData("pp=2,tp=2")]
    public async Task A_slow_last_stage_holds_up_the_others_and_loses_nothing(string plan)
    {
        using var model = Load(plan);
        using var reader = new HeldReader();
        var depth = model.Replicas[0].Count;
        using var runner = new ModelRunner(model.Replicas[0], reader, () => new StepResult(0, 0), TimeProvider.System);
        for (var step = 0; step < depth; step++)
        {
            runner.Submit(OneRow(step));
        }
        reader.Open();
        for (var step = 0; step < depth; step++)
        {
            var result = await Task.Run(runner.Receive, Cancellation).WaitAsync(s_limit, Cancellation);
            Assert.Equal(step, result.Id);
        }
        Assert.Equal(Enumerable.Range(0, depth).Select(id => (long)id), reader.Steps);
    }

    [Fact]
    public async Task Cancelled_answers_leave_the_others_as_they_are_under_every_kind_of_split()
    {
        await using var engine = await Engine.LoadAsync(
            new EngineOptions { Plan = PlanRequest.Parse("dp=2,pp=2,tp=2"), Context = 256 },
            null,
            Cancellation
        );
        var random = new Random(TestRun.Seed);
        var request = new GenerationRequest
        {
            Prompt = [.. Enumerable.Range(0, 90).Select(_ => random.Next(5, 300))],
            MaxTokens = 40,
            IgnoreEos = true,
            Sampling = SamplingParameters.Greedy,
        };
        var expected = await ReadAsync(engine, request, int.MaxValue);
        var answers = Enumerable
            .Range(0, 60)
            .Select(i => Task.Run(() => ReadAsync(engine, request, i % 3 == 0 ? int.MaxValue : i % 7), Cancellation))
            .ToArray();
        for (var i = 0; i < answers.Length; i++)
        {
            var tokens = await answers[i].WaitAsync(s_limit, Cancellation);
            Assert.Equal(expected.Take(tokens.Count), tokens);
            Assert.True(i % 3 != 0 || tokens.Count == expected.Count, $"answer {i}, seed {TestRun.Seed}");
        }
        Assert.Equal(0, engine.Statistics.Waiting);
    }

    [Theory]
    [InlineData("tp=2", 0, 1)]
    [InlineData("pp=3", 0, 0)]
    [InlineData("pp=3", 1, 0)]
    [InlineData("pp=3", 2, 0)]
    [InlineData("pp=2,tp=2", 1, 1)]
    public async Task A_worker_that_throws_between_answers_ends_all_of_them_with_its_error(
        string plan,
        int stage,
        int rank
    )
    {
        var random = new Random(TestRun.Seed);
        for (var schedule = 0; schedule < 3; schedule++)
        {
            // The shortest answer takes more steps.
            var fatalStep = random.Next(1, 10);
            var trial = new WorkerTrial
            {
                OnStep = (worker, step) =>
                {
                    if (step.Id == fatalStep && worker.Stage == stage && worker.Slice.Rank == rank)
                    {
                        throw new InvalidDataException($"broken in step {step.Id}");
                    }
                },
            };
            var options = new EngineOptions { Plan = PlanRequest.Parse(plan), Context = 256 };
            await using var engine = await Engine.LoadAsync(options with { Trial = trial }, null, Cancellation);
            var answers = Enumerable.Range(0, 8).Select(_ => ReadAsync(engine, Ask(random), int.MaxValue)).ToArray();
            foreach (var answer in answers)
            {
                var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                    answer.WaitAsync(s_limit, Cancellation)
                );
                Assert.Contains($"broken in step {fatalStep}", error.Message, StringComparison.Ordinal);
            }
            var late = await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(engine, Ask(random), 1));
            Assert.Contains($"broken in step {fatalStep}", late.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("pp=3")]
    [InlineData("dp=2,pp=2,tp=2")]
    public async Task Under_seeded_schedules_every_answer_is_its_own_whole_or_as_far_as_it_was_read(string plan)
    {
        var random = new Random(TestRun.Seed);
        var requests = Enumerable.Range(0, 40).Select(_ => Ask(random)).ToArray();
        var options = new EngineOptions { Plan = PlanRequest.Parse(plan), Context = 256 };
        var expected = new List<List<int>>();
        await using (var alone = await Engine.LoadAsync(options, null, Cancellation))
        {
            foreach (var request in requests)
            {
                expected.Add(await ReadAsync(alone, request, int.MaxValue));
            }
        }
        using var schedule = new SeededPauses(TestRun.Seed);
        options = options with { Trial = new WorkerTrial { OnStep = schedule.Pause } };
        await using var engine = await Engine.LoadAsync(options, null, Cancellation);
        // Some leave, some are cancelled while nobody reads, some stop reading for good, and the rest want everything.
        var idle = requests.Take(3).Select(request => StopReadingAsync(engine, request)).ToArray();
        var counts = requests.Select((_, i) => i % 4 == 0 ? random.Next(0, 30) : int.MaxValue).ToArray();
        var answers = requests
            .Select((request, i) => Task.Run(() => ReadAsync(engine, request, counts[i], i % 8 == 4), Cancellation))
            .ToArray();
        for (var i = 0; i < answers.Length; i++)
        {
            var tokens = await answers[i].WaitAsync(s_limit, Cancellation);
            var whole = counts[i] == int.MaxValue ? expected[i].Count : Math.Min(counts[i], expected[i].Count);
            Assert.True(expected[i].Take(whole).SequenceEqual(tokens), $"answer {i}, seed {TestRun.Seed}");
        }
        foreach (var reader in idle)
        {
            await (await reader).DisposeAsync();
        }
    }

    [Fact]
    public async Task Eighteen_workers_on_a_few_cores_come_to_an_end()
    {
        await using var engine = await Engine.LoadAsync(
            new EngineOptions { Plan = PlanRequest.Parse("dp=3,pp=3,tp=2"), Context = 128 },
            null,
            Cancellation
        );
        var request = new GenerationRequest
        {
            Prompt = [5, 6, 7],
            MaxTokens = 20,
            IgnoreEos = true,
            Sampling = SamplingParameters.Greedy,
        };
        var answers = Enumerable.Range(0, 9).Select(_ => ReadAsync(engine, request, int.MaxValue)).ToArray();
        var tokens = await Task.WhenAll(answers).WaitAsync(s_limit, Cancellation);
        Assert.All(tokens, answer => Assert.Equal(tokens[0], answer));
    }

    public void Dispose() => _folder.Dispose();

    // Leaves after so many tokens, or cancels.
    private static async Task<List<int>> ReadAsync(
        Engine engine,
        GenerationRequest request,
        int count,
        bool cancels = false
    )
    {
        var tokens = new List<int>();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        try
        {
            await foreach (var token in engine.GenerateAsync(request, source.Token))
            {
                if (tokens.Count == count && !cancels)
                {
                    break;
                }
                if (tokens.Count == count)
                {
                    await source.CancelAsync();
                    continue;
                }
                tokens.Add(token.Id);
            }
        }
        catch (OperationCanceledException)
            when (source.IsCancellationRequested && !Cancellation.IsCancellationRequested)
        {
            Assert.Equal(count, tokens.Count);
        }
        return tokens;
    }

    // Reads one token and then no more.
    private static async Task<IAsyncEnumerator<GeneratedToken>> StopReadingAsync(
        Engine engine,
        GenerationRequest request
    )
    {
        var reader = engine.GenerateAsync(request, Cancellation).GetAsyncEnumerator(Cancellation);
        await reader.MoveNextAsync();
        return reader;
    }

    private static GenerationRequest Ask(Random random) =>
        new()
        {
            Prompt = [.. Enumerable.Range(0, random.Next(1, 100)).Select(_ => random.Next(5, 300))],
            MaxTokens = random.Next(10, 60),
            IgnoreEos = true,
            Sampling = new SamplingParameters { Temperature = random.Next(2), Seed = (ulong)random.Next() },
        };

    private static StepPlan OneRow(long id = 0)
    {
        var plan = new StepPlan(1, 1, 1)
        {
            Id = id,
            Rows = 1,
            SegmentCount = 1,
        };
        plan.Segments[0] = new StepSegment
        {
            Rows = 1,
            PageCount = 1,
            SampledRows = 1,
            Sampling = SamplingParameters.Greedy,
        };
        return plan;
    }

    private LoadedModel Load(string plan)
    {
        var path = TinyModel.Write(_folder.Path, "llama", "Q4_0", TestRun.Seed, TinyShape.Cuttable);
        using var file = WeightFile.Open(path);
        var options = new ModelOptions
        {
            Context = 64,
            Plan = PlanRequest.Parse(plan),
            StepRowsMax = 4,
            SequencesMax = 1,
            SampledRowsMax = 4,
        };
        return new LoadedModel(file, options, TimeProvider.System, null, Cancellation);
    }

    private sealed class FailingReader(int goodSteps) : IStepReader
    {
        private int _steps;

        public void Read(StepPlan plan, Worker worker, StepResult result)
        {
            if (_steps++ >= goodSteps)
            {
                throw new InvalidDataException("the reader is broken");
            }
        }
    }

    // Lets workers wait for each other's steps as a seed says: whoever draws a pause goes on when another worker begins a step, or
    // nobody else does for a moment.
    private sealed class SeededPauses(int seed) : IDisposable
    {
        private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(2);

        private readonly Random _random = new(seed);
        private readonly SemaphoreSlim _begun = new(0);

        public void Pause(WorkerPlan worker, StepPlan plan)
        {
            bool pauses;
            lock (_random)
            {
                pauses = _random.Next(3) == 0;
            }
            if (pauses)
            {
                _ = _begun.Wait(s_moment, Cancellation);
                return;
            }
            _begun.Release();
        }

        public void Dispose() => _begun.Dispose();
    }

    private sealed class HeldReader : IStepReader, IDisposable
    {
        private readonly ManualResetEventSlim _open = new();

        public List<long> Steps { get; } = [];

        public void Open() => _open.Set();

        public void Read(StepPlan plan, Worker worker, StepResult result)
        {
            _open.Wait(Cancellation);
            Steps.Add(plan.Id);
        }

        public void Dispose() => _open.Dispose();
    }
}
