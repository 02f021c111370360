using Tandem.Examples.Gradients;
using Tandem.Parallel;

namespace Tandem.Examples.Images;

/// <summary>
/// Classifies all images. They are cut into parts; each worker takes the next part and runs it through a pipeline of its own copy of
/// the network; the parts' counts are added.
/// </summary>
/// <param name="images">The images.</param>
/// <param name="parts">How many parts to cut them into; no more than there are images are made.</param>
internal sealed class Survey(IImages images, int parts)
{
    private const int BatchMax = 256;
    private const int Buffer = 4; // batches between two stages

    /// <summary>How many images there are.</summary>
    public int Images => images.Count;

    /// <summary>Classifies them.</summary>
    /// <param name="classifiers">A copy of the network for each worker.</param>
    /// <param name="onImages">Told how many more images are done, by any thread.</param>
    /// <param name="cancellationToken">Ends all workers.</param>
    public Task<SurveyResult> RunAsync(
        IReadOnlyList<ImageClassifier> classifiers,
        Action<int> onImages,
        CancellationToken cancellationToken
    ) =>
        DataParallel.RunAsync(
            classifiers,
            DataParallel.Cut(images.Count, Math.Min(parts, images.Count)),
            (classifier, part, ending) => ClassifyPartAsync(classifier, part, onImages, ending),
            results => new SurveyResult(
                Reduction.Histogram([.. results.Select(part => part.Counts)]),
                Total(results.Select(part => part.Stages))
            ),
            cancellationToken
        );

    private async ValueTask<(
        Dictionary<(int, int), long> Counts,
        IReadOnlyList<StageFigures> Stages
    )> ClassifyPartAsync(ImageClassifier classifier, Range part, Action<int> onImages, CancellationToken ending)
    {
        var counts = new Dictionary<(int, int), long>();
        var stages = await Pipeline
            .From(Batches(part), Buffer)
            .Stage("preprocess", classifier.Preprocess, workers: 1, Buffer)
            .Stage("extract features", classifier.ExtractFeatures, workers: 1, Buffer)
            .Stage("classify", classifier.Classify, workers: 1, Buffer)
            .RunAsync(
                answers =>
                {
                    foreach (var answer in answers)
                    {
                        counts[answer] = counts.GetValueOrDefault(answer) + 1;
                    }
                    onImages(answers.Length);
                },
                ending
            );
        return (counts, stages);
    }

    private IEnumerable<ImageBatch> Batches(Range part)
    {
        var (first, count) = part.GetOffsetAndLength(images.Count);
        for (var done = 0; done < count; done += BatchMax)
        {
            var batch = new ImageBatch(new int[Math.Min(BatchMax, count - done)], []);
            batch = batch with { Pixels = new byte[batch.Labels.Length * DigitPainter.Pixels] };
            for (var i = 0; i < batch.Labels.Length; i++)
            {
                var pixels = batch.Pixels.AsSpan(i * DigitPainter.Pixels, DigitPainter.Pixels);
                batch.Labels[i] = images.Read(first + done + i, pixels);
            }
            yield return batch;
        }
    }

    private static StageFigures[] Total(IEnumerable<IReadOnlyList<StageFigures>> parts) =>
        [
            .. parts
                .SelectMany(stages => stages)
                .GroupBy(stage => stage.Name)
                .Select(stages =>
                    stages.Aggregate(
                        (sum, stage) =>
                            sum with
                            {
                                Items = sum.Items + stage.Items,
                                Busy = sum.Busy + stage.Busy,
                                WaitingForInput = sum.WaitingForInput + stage.WaitingForInput,
                                WaitingForRoom = sum.WaitingForRoom + stage.WaitingForRoom,
                            }
                    )
                ),
        ];
}
