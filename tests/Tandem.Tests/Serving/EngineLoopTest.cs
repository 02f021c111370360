using Tandem.Serving;

namespace Tandem.Tests.Serving;

/// <summary>What the engine promises its callers, over a fake model that can be held up and can fail.</summary>
public sealed class EngineLoopTest
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Two_hundred_callers_get_what_each_would_get_alone(int depth)
    {
        await using var fake = new FakeEngine(pages: 120, depth: depth);
        var random = new Random(TestRun.Seed);
        var prompts = Enumerable.Range(0, 200).Select(_ => Prompt(random, random.Next(1, 150))).ToArray();
        var answers = await Task.WhenAll(
            prompts.Select((prompt, i) => Task.Run(() => fake.AnswerAsync(FakeEngine.Ask(prompt, 1 + i % 50))))
        );
        for (var i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(fake.Alone(prompts[i], 1 + i % 50), answers[i].Select(token => token.Id));
            Assert.Equal(FinishReason.Length, answers[i][^1].Finish);
        }
    }

    [Fact]
    public async Task A_copy_that_has_failed_gets_no_more_requests_and_is_named_once_all_have()
    {
        await using var fake = new FakeEngine(copies: 3);
        Assert.Null(fake.Engine.Failure);
        fake.Runners[1].Fault = new InvalidDataException("copy 1 is broken");
        // Some of these meet the broken copy while it takes them; no more do once it has failed.
        var answers = Enumerable.Range(0, 12).Select(i => fake.AnswerAsync(FakeEngine.Ask([i], 5))).ToArray();
        await Task.WhenAll(answers).ContinueWith(_ => { }, Cancellation, default, TaskScheduler.Default);
        var failed = answers.Where(answer => answer.IsFaulted).ToArray();
        Assert.NotEmpty(failed);
        Assert.All(
            failed,
            answer => Assert.Contains("copy 1 is broken", answer.Exception!.ToString(), StringComparison.Ordinal)
        );
        Assert.Equal("the engine has failed: copy 1 is broken", fake.Engine.Failure?.Message);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(
                fake.Alone([i], 3),
                (await fake.AnswerAsync(FakeEngine.Ask([i], 3))).Select(token => token.Id)
            );
        }

        foreach (var copy in new[] { 0, 2 })
        {
            fake.Runners[copy].Fault = new InvalidDataException($"copy {copy} is broken");
        }
        var last = Enumerable.Range(0, 12).Select(i => fake.AnswerAsync(FakeEngine.Ask([i], 5))).ToArray();
        await Task.WhenAll(last).ContinueWith(_ => { }, Cancellation, default, TaskScheduler.Default);
        Assert.All(last, answer => Assert.True(answer.IsFaulted));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => fake.AnswerAsync(FakeEngine.Ask([1], 1)));
        Assert.Equal(
            string.Join(
                "; ",
                Enumerable.Range(0, 3).Select(i => $"copy {i}: the engine has failed: copy {i} is broken")
            ),
            error.Message
        );
    }

    [Fact]
    public async Task A_reader_that_does_not_read_holds_up_nobody()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 2 });
        var slow = fake
            .Engine.GenerateAsync(FakeEngine.Ask([1, 2, 3], 400), Cancellation)
            .GetAsyncEnumerator(Cancellation);
        await slow.MoveNextAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(100, (await fake.AnswerAsync(FakeEngine.Ask([4, i], 100))).Count);
        }
        var count = 1;
        while (await slow.MoveNextAsync())
        {
            count++;
        }
        Assert.Equal(400, count);
    }

    [Fact]
    public async Task A_request_that_is_cancelled_while_nobody_reads_leaves_the_batch()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1 });
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var reader = fake
            .Engine.GenerateAsync(FakeEngine.Ask([1], int.MaxValue), source.Token)
            .GetAsyncEnumerator(Cancellation);
        fake.Runner.Hold();
        var first = reader.MoveNextAsync();
        await source.CancelAsync();
        fake.Runner.Release();
        // The only slot comes free, although the first reader has not come back.
        Assert.Equal(3, (await fake.AnswerAsync(FakeEngine.Ask([2], 3))).Count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            var more = await first;
            while (more)
            {
                more = await reader.MoveNextAsync();
            }
        });
    }

    [Fact]
    public async Task Leaving_the_enumeration_ends_the_request()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1 });
        await foreach (var token in fake.Engine.GenerateAsync(FakeEngine.Ask([1], int.MaxValue), Cancellation))
        {
            Assert.Null(token.Finish);
            break;
        }
        await fake.AnswerAsync(FakeEngine.Ask([2], 3));
        Assert.Equal(0, fake.Engine.Statistics.Running);
    }

    [Fact]
    public async Task A_cancelled_token_is_heard_before_anything_is_done()
    {
        await using var fake = new FakeEngine();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in fake.Engine.GenerateAsync(FakeEngine.Ask([1], 3), cancelled)) { }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            fake.Engine.EmbedAsync(
                [
                    [1],
                ],
                cancellationToken: cancelled
            )
        );
        Assert.Equal(0, fake.Engine.Statistics.AllSteps.Steps);
    }

    [Fact]
    public async Task No_more_requests_wait_than_may()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1, WaitingMax = 2 });
        fake.Runner.Hold();
        var answers = new List<Task<List<GeneratedToken>>>();
        QueueFullException? refused = null;
        // The first may run at once or still wait.
        for (var i = 0; i < 4 && refused is null; i++)
        {
            try
            {
                answers.Add(fake.AnswerAsync(FakeEngine.Ask([i], 2)));
                if (answers[^1].IsFaulted)
                {
                    await answers[^1];
                }
            }
            catch (QueueFullException error)
            {
                refused = error;
                answers.RemoveAt(answers.Count - 1);
            }
        }
        Assert.Equal("2 requests are waiting, which is as many as may; try again later", refused?.Message);
        fake.Runner.Release();
        await Task.WhenAll(answers);
        Assert.Equal(0, fake.Engine.Statistics.Waiting);
        await fake.AnswerAsync(FakeEngine.Ask([9], 2));
    }

    [Fact]
    public async Task Clients_take_turns_and_what_is_cancelled_while_it_waits_gives_its_place_back()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1, WaitingMax = 4 });
        fake.Runner.Hold();
        var order = new List<int>();
        fake.Runner.OnStep = plan =>
        {
            if (plan.Segments[0].FirstPosition == 0)
            {
                order.Add(plan.TokenIds[0]);
            }
        };
        Generation Ask(string client, int token) => fake.Engine.Start([FakeEngine.Ask([token], 2)], client)[0];
        List<Generation> answers = [Ask("a", 1), Ask("a", 2), Ask("a", 3), Ask("a", 4)];
        var given = Ask("b", 11);
        Assert.Throws<QueueFullException>(() => Ask("b", 12));
        given.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await given.WaitToReadAsync(Cancellation));
        answers.Add(Ask("b", 13));
        fake.Runner.Release();
        foreach (var answer in answers)
        {
            while (await answer.WaitToReadAsync(Cancellation))
            {
                while (answer.TryRead(out _)) { }
            }
        }

        // One runs at once; then they take turns.
        Assert.Equal([1, 2, 13, 3, 4], order);
    }

    [Fact]
    public async Task What_waits_longer_than_it_may_ends_and_what_runs_goes_on()
    {
        await using var fake = new FakeEngine(
            new EngineOptions { SequencesMax = 1, QueueTimeout = TimeSpan.FromMilliseconds(20) }
        );
        var begun = new TaskCompletionSource();
        fake.Runner.OnStep = _ =>
        {
            if (begun.TrySetResult())
            {
                fake.Runner.Hold();
            }
        };
        var running = fake.Engine.Start([FakeEngine.Ask([1], 400)])[0];
        await begun.Task;
        var waiting = fake.AnswerAsync(FakeEngine.Ask([2], 2));

        await Assert.ThrowsAsync<QueueTimeoutException>(() => waiting);

        fake.Runner.Release();
        GeneratedToken? last = null;
        while (await running.WaitToReadAsync(Cancellation))
        {
            while (running.TryRead(out var token))
            {
                last = token;
            }
        }
        Assert.Equal(FinishReason.Length, last?.Finish);
    }

    [Fact]
    public async Task No_more_tokens_of_prompts_wait_than_may()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1, WaitingTokensMax = 100 });
        fake.Runner.Hold();
        var running = fake.AnswerAsync(FakeEngine.Ask([1], 2));
        var waiting = fake.AnswerAsync(FakeEngine.Ask([.. Enumerable.Range(1, 98)], 2));
        var error = await Assert.ThrowsAsync<QueueFullException>(() => fake.AnswerAsync(FakeEngine.Ask([1, 2, 3], 2)));
        Assert.Contains("100", error.Message, StringComparison.Ordinal);
        fake.Runner.Release();
        await running;
        await waiting;
        // Alone a long prompt is served, whatever the bound.
        await fake.AnswerAsync(FakeEngine.Ask([.. Enumerable.Range(1, 200)], 2));
    }

    [Fact]
    public async Task A_step_that_fails_ends_all_requests_with_its_error()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1 });
        fake.Runner.Hold();
        var running = fake.AnswerAsync(FakeEngine.Ask([1], 100));
        var waiting = fake.AnswerAsync(FakeEngine.Ask([2], 100));
        var embedding = fake.Engine.EmbedAsync(
            [
                [3],
            ],
            cancellationToken: Cancellation
        );
        fake.Runner.Fault = new InvalidDataException("a disk is gone");
        fake.Runner.Release();
        foreach (var request in (Task[])[running, waiting, embedding, fake.AnswerAsync(FakeEngine.Ask([4], 1))])
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => request);
            Assert.Contains("a disk is gone", error.Message, StringComparison.Ordinal);
        }
        await fake.Engine.DisposeAsync();
        Assert.True(fake.Runner.IsDisposed);
    }

    [Fact]
    public async Task Users_hear_of_a_mistake_of_theirs_as_one()
    {
        await using var fake = new FakeEngine();
        fake.Runner.Fault = new InputException("the model's weights are broken");
        await Assert.ThrowsAsync<InputException>(() => fake.AnswerAsync(FakeEngine.Ask([1], 100)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_engine_ends_in_any_state(bool busy)
    {
        var fake = new FakeEngine(new EngineOptions { SequencesMax = 1 });
        fake.Runner.Hold();
        List<Task> requests = [];
        if (busy)
        {
            requests.Add(fake.AnswerAsync(FakeEngine.Ask([1], 100)));
            requests.Add(fake.AnswerAsync(FakeEngine.Ask([2], 100)));
            requests.Add(
                fake.Engine.EmbedAsync(
                    [
                        [3],
                    ],
                    cancellationToken: Cancellation
                )
            );
        }
        var ends = new[] { fake.Engine.DisposeAsync().AsTask(), fake.Engine.DisposeAsync().AsTask() };
        requests.Add(fake.AnswerAsync(FakeEngine.Ask([4], 100)));
        fake.Runner.Release();
        await Task.WhenAll(ends);
        foreach (var request in requests)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => request);
        }
        Assert.True(fake.Runner.IsDisposed);
        await fake.Engine.DisposeAsync();
    }

    [Fact]
    public async Task Random_callers_that_come_leave_and_cancel_get_their_own_tokens()
    {
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 8 }, pages: 60, depth: 2);
        var tasks = Enumerable
            .Range(0, 300)
            .Select(i => Task.Run(() => CallAsync(fake, new Random(TestRun.Seed + i)), Cancellation));
        await Task.WhenAll(tasks);
        // Who leaves does not wait for the loop to notice it.
        Assert.True(
            SpinWait.SpinUntil(() => fake.Engine.Statistics is { Running: 0, Waiting: 0 }, TimeSpan.FromSeconds(30))
        );
    }

    [Fact]
    public async Task Times_are_from_the_request_on()
    {
        var time = new ManualTime();
        await using var fake = new FakeEngine(new EngineOptions { SequencesMax = 1, Time = time });
        fake.Runner.OnStep = _ => time.Advance(TimeSpan.FromSeconds(1));
        fake.Runner.Hold();
        var first = fake.AnswerAsync(FakeEngine.Ask([1], 4));
        var second = fake.AnswerAsync(FakeEngine.Ask([2], 3));
        fake.Runner.Release();
        Assert.Equal([1.0, 2, 3, 4], (await first).Select(token => token.Seconds));
        Assert.Equal([5.0, 6, 7], (await second).Select(token => token.Seconds));
        var times = (await second)[^1].Times!;
        Assert.Equal(
            (4.0, 5.0, 7.0, 1.0),
            (times.QueueSeconds, times.FirstTokenSeconds, times.TotalSeconds, times.TokenSeconds)
        );
        Assert.Equal(0, (await first)[^1].Times!.QueueSeconds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ARequestGoesBackToACopyOnlyForWhatThatHasInItsCache(bool prefixCache)
    {
        await using var fake = new FakeEngine(new EngineOptions { PrefixCache = prefixCache }, copies: 2);
        var steps = new int[2];
        for (var copy = 0; copy < steps.Length; copy++)
        {
            var mine = copy;
            fake.Runners[copy].OnStep = _ => Interlocked.Increment(ref steps[mine]);
        }
        var prompt = Prompt(new Random(1), 200);
        for (var i = 0; i < 24; i++)
        {
            _ = await fake.AnswerAsync(FakeEngine.Ask(prompt, 1));
        }
        Assert.Equal(24, steps.Sum());
        // Without a cache all copies are as good each time, and the router, whose seed is fixed, takes either.
        Assert.Equal(prefixCache, steps.Contains(0));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(36)]
    [InlineData(40)]
    [InlineData(44)]
    [InlineData(48)]
    public async Task CopiesThatTakeTurnsReadAsManyPrompts(int requests)
    {
        var options = new EngineOptions
        {
            PrefixCache = false,
            SequencesMax = 16,
            StepTokensMax = 64,
        };
        await using var fake = new FakeEngine(options, copies: 2);
        // A step takes one of the first prompts, or two of the others.
        using var turns = new Turns(2, each: 1 + requests / 2 / 2);
        var prompts = new int[2];
        for (var copy = 0; copy < 2; copy++)
        {
            var mine = copy;
            fake.Runners[copy].OnStep = plan =>
            {
                turns.Take(mine);
                prompts[mine] += plan.SampledRows;
            };
        }
        Task[] Ask(int count, int length) =>
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(_ => fake.AnswerAsync(FakeEngine.Ask(Prompt(new Random(1), length), 1))),
            ];
        // A step of each copy, so that all others are there before either can take one.
        var first = Ask(2, options.StepTokensMax);
        await turns.AllWait.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        var others = Ask(requests, options.StepTokensMax / 2);
        turns.Begin();
        await Task.WhenAll([.. first, .. others]).WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
        Assert.Equal([1 + requests / 2, 1 + requests / 2], prompts);
    }

    private static async Task CallAsync(FakeEngine fake, Random random)
    {
        var prompt = Prompt(random, random.Next(1, 100));
        var count = random.Next(1, 60);
        var leaveAt = random.Next(3) == 0 ? random.Next(count) : int.MaxValue;
        var cancelAt = random.Next(3) == 0 ? random.Next(count) : int.MaxValue;
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var ids = new List<int>();
        try
        {
            await foreach (var token in fake.Engine.GenerateAsync(FakeEngine.Ask(prompt, count), source.Token))
            {
                ids.Add(token.Id);
                if (ids.Count > cancelAt)
                {
                    await source.CancelAsync();
                }
                if (ids.Count > leaveAt)
                {
                    break;
                }
            }
            Assert.True(leaveAt < count || ids.Count == count, "an answer is whole unless it was left");
        }
        catch (OperationCanceledException) when (source.IsCancellationRequested)
        {
            Assert.True(ids.Count > cancelAt);
        }
        Assert.Equal(fake.Alone(prompt, ids.Count), ids);
    }

    private static int[] Prompt(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => random.Next(3, 300))];
}
