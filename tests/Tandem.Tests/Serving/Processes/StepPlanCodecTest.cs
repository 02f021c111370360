using Tandem.Plans;
using Tandem.Serving.Processes;

namespace Tandem.Tests.Serving.Processes;

/// <summary>What one process writes of a step another reads.</summary>
public class StepPlanCodecTest
{
    [Fact]
    public void Plans_come_out_as_they_went_in()
    {
        var random = new Random(1);
        var (writer, reader, message) = (new StepPlanCodec(), new StepPlanCodec(), new Message());
        var sampling = Enumerable.Range(0, 100).Select(i => Sampling(i, random)).ToArray();
        for (var id = 0; id < 200; id++)
        {
            var plan = Plan(id, random, sampling);
            writer.Write(plan, message);

            var read = reader.Read(Passed(message));

            Assert.Equal(
                (plan.Id, plan.Rows, plan.SegmentCount, plan.LeftCount),
                (read.Id, read.Rows, read.SegmentCount, read.LeftCount)
            );
            Assert.Equal(plan.TokenIds[..plan.Rows], read.TokenIds[..plan.Rows]);
            Assert.Equal(plan.Left[..plan.LeftCount], read.Left[..plan.LeftCount]);
            for (var i = 0; i < plan.SegmentCount; i++)
            {
                var (ours, theirs) = (plan.Segments[i], read.Segments[i]);
                Assert.Equal(ours.Sampling.LogitBias, theirs.Sampling.LogitBias);
                Assert.Equal(ours.Sampling.Replay, theirs.Sampling.Replay);
                var (bias, replay) = (ours.Sampling.LogitBias, ours.Sampling.Replay);
                Assert.Equal(ours.Sampling, theirs.Sampling with { LogitBias = bias, Replay = replay });
                Assert.Equal(ours, theirs with { Sampling = ours.Sampling });
                Assert.Equal(
                    plan.Pages.AsSpan(ours.FirstPage, ours.PageCount),
                    read.Pages.AsSpan(theirs.FirstPage, theirs.PageCount)
                );
            }
        }
    }

    [Fact]
    public void How_a_sequence_samples_goes_over_once()
    {
        var (writer, message) = (new StepPlanCodec(), new Message());
        var plan = new StepPlan(1, 1, 1) { Rows = 1, SegmentCount = 1 };
        plan.Segments[0] = new StepSegment
        {
            Rows = 1,
            PageCount = 1,
            Sampling = Sampling(9, new Random(1)),
        };

        writer.Write(plan, message);
        var first = message.Length;
        writer.Write(plan, message);

        Assert.InRange(message.Length, 1, first - 40);
    }

    // A message as it is on the other side.
    private static Message Passed(Message message)
    {
        Message? passed = null;
        Tandem.Parallel.ThreadGroup.Run(
            2,
            group =>
            {
                if (group.Rank == 0)
                {
                    message.Send(group, 1);
                    return;
                }
                passed = new Message();
                passed.Receive(group, 0);
            },
            TimeProvider.System,
            spins: false
        );
        return passed!;
    }

    private static StepPlan Plan(int id, Random random, SamplingParameters[] sampling)
    {
        var segments = random.Next(0, 90);
        var plan = new StepPlan(900, 100, 900)
        {
            Id = id,
            SegmentCount = segments,
            LeftCount = random.Next(0, 100),
        };
        var pages = 0;
        for (var i = 0; i < segments; i++)
        {
            var (rows, count) = (random.Next(1, 10), random.Next(1, 10));
            plan.Segments[i] = new StepSegment
            {
                Sequence = random.NextInt64(),
                Slot = i,
                FirstRow = plan.Rows,
                Rows = rows,
                FirstPosition = random.Next(),
                PromptLength = random.Next(),
                FirstPage = pages,
                PageCount = count,
                SampledRows = random.Next(2),
                Embed = random.Next(2) == 0,
                Sampling = sampling[random.Next(3) == 0 ? random.Next(100) : i],
            };
            plan.Rows += rows;
            pages += count;
        }
        random.GetItems([-1, 0, 1, 70, int.MaxValue], pages).CopyTo(plan.Pages, 0);
        for (var row = 0; row < plan.Rows; row++)
        {
            plan.TokenIds[row] = random.Next();
        }
        for (var left = 0; left < plan.LeftCount; left++)
        {
            plan.Left[left] = random.Next(100);
        }
        return plan;
    }

    private static SamplingParameters Sampling(int number, Random random) =>
        new()
        {
            Temperature = random.NextSingle(),
            TopK = random.Next(),
            TopP = random.NextSingle(),
            MinP = random.NextSingle(),
            RepetitionPenalty = random.NextSingle(),
            PresencePenalty = random.NextSingle(),
            FrequencyPenalty = random.NextSingle(),
            PenaltyWindow = random.Next(),
            Seed = (ulong)random.NextInt64(),
            TopLogProbabilities = random.Next(-1, 20),
            LogitBias =
            [
                .. Enumerable.Range(0, number % 5).Select(i => new KeyValuePair<int, float>(i, random.NextSingle())),
            ],
        };
}
