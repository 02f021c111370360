using Tandem.Trainer;
using Tandem.Trainer.Text;

namespace Tandem.Tests.Trainer;

public sealed class TrainingTest
{
    private static readonly TrainingOptions Options = new()
    {
        Seed = 3,
        Steps = 6,
        WarmupSteps = 2,
        ShardRows = 64,
        CheckpointSteps = 3,
        VocabularyDocuments = 20,
        VocabularyCountMin = 1,
        Shape = new NetworkShape(320, Width: 64, Layers: 1, Heads: 2, FeedForward: 64, Context: 64),
    };

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(9)]
    public void The_number_of_workers_does_not_change_a_bit_of_the_weights(int workers)
    {
        using var one = NewTraining(workers: 1);
        using var several = NewTraining(workers);
        for (var step = 0; step < Options.Steps; step++)
        {
            Assert.Equal(one.Step(step), several.Step(step));
        }

        Assert.Equal(one.Weights.Values.Span(), several.Weights.Values.Span());
    }

    [Fact]
    public void A_training_that_goes_on_from_a_checkpoint_ends_as_one_without_a_pause()
    {
        var folder = Directory.CreateTempSubdirectory("tandem");
        try
        {
            var checkpoint = Path.Combine(folder.FullName, "checkpoint");
            using var whole = NewTraining(workers: 1);
            whole.Run(checkpoint + ".whole", TimeProvider.System, _ => { });
            using var first = NewTraining(workers: 1);
            for (var step = 0; step < 3; step++)
            {
                _ = first.Step(step);
            }
            Checkpoint.Save(checkpoint, new Checkpoint.Progress(3, 0, 0), first.Weights, first.Optimiser);
            using var second = NewTraining(workers: 2);
            second.Run(checkpoint, TimeProvider.System, _ => { });

            Assert.Equal(whole.Weights.Values.Span(), second.Weights.Values.Span());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_loss_falls()
    {
        using var training = NewTraining(workers: 2);
        var first = training.Step(0).Loss;
        for (var step = 1; step < Options.Steps; step++)
        {
            _ = training.Step(step);
        }

        Assert.True(training.Step(Options.Steps).Loss < first);
    }

    private static Training NewTraining(int workers)
    {
        var writer = new ConversationWriter(new HeldOut());
        var vocabulary = Corpus.LearnVocabulary(writer, Options);
        return new Training(Options, new Corpus(writer, vocabulary, Options.Seed), workers);
    }
}
