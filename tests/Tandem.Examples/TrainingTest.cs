using Tandem.Examples.Gradients;

namespace Tandem.Examples.Tests;

public class TrainingTest
{
    // The 200 steps of 64 images that the program makes by default take a minute.
    private static TrainingOptions Measured =>
        TestRun.All ? new TrainingOptions() : new TrainingOptions { Steps = 20, Batch = 16 };

    [Fact]
    public void Losses_and_weights_have_the_same_bits_for_1_2_4_and_8_workers()
    {
        var one = Train(Measured with { Workers = 1 });
        foreach (var workers in (int[])[2, 4, 8])
        {
            var several = Train(Measured with { Workers = workers });

            Assert.Equal(Bits(one.Losses), Bits(several.Losses));
            Assert.Equal(Bits(one.Parameters), Bits(several.Parameters));
        }
    }

    [Fact]
    public void Losses_fall_and_the_network_recognises_digits_that_it_has_not_seen()
    {
        var options = new TrainingOptions
        {
            Steps = 100,
            Batch = 32,
            Workers = 2,
        };
        var result = Train(options);

        Assert.True(result.Losses[^10..].Average() < 0.5 * result.Losses[..10].Average());
        Assert.InRange(Examiner.Accuracy(result.Parameters, options.Seed, images: 500), 0.8, 1);
    }

    [Theory]
    [InlineData(3, 64, "3 workers, expected 1, 2, 4 or 8")]
    [InlineData(0, 64, "0 workers, expected 1, 2, 4 or 8")]
    [InlineData(2, 12, "batches of 12 images, expected a multiple of 8")]
    public void Workers_and_batches_that_do_not_go_with_the_shards_are_refused(int workers, int batch, string message)
    {
        var error = Assert.Throws<InputException>(() =>
            Train(new TrainingOptions { Workers = workers, Batch = batch })
        );

        Assert.StartsWith(message, error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void To_train_for_no_step_is_refused(int steps)
    {
        var error = Assert.Throws<InputException>(() => Train(new TrainingOptions { Steps = steps }));

        Assert.Equal($"{steps} steps, expected at least 1", error.Message);
    }

    private static TrainingResult Train(TrainingOptions options) =>
        Training.Run(options, TimeProvider.System, (_, _) => { });

    private static int[] Bits(float[] numbers) => [.. numbers.Select(BitConverter.SingleToInt32Bits)];
}
