using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tandem;
using Tandem.Examples.Images;

var parts = Option("--parts", "Parts that the images are cut into.", 10);
var workers = Option("--workers", "Copies of the network that work at the same time.", Environment.ProcessorCount);
var compare = Option("--compare", "Do it with one worker first, and compare speed and counts.", false);
var count = Option("--count", "Images to draw, where no file is given.", 1_000_000);
var seed = Option("--seed", "Of the images that are drawn.", 2);
var model = Option<string?>(
    "--model",
    "An ONNX classifier of images of 28 × 28; without it, the other example's.",
    null
);
var white = Option("--white", "What the model takes for a pixel of 255.", 1f);
var images = Option<string?>("--images", "An IDX file of images, plain or gzip.", null);
var labels = Option<string?>("--labels", "An IDX file of their labels, plain or gzip.", null);
var command = new RootCommand("Classifies images in parts, each part by a pipeline of stages.")
{
    parts,
    workers,
    compare,
    count,
    seed,
    model,
    white,
    images,
    labels,
};
command.SetAction(
    async (parsed, cancellationToken) =>
    {
        var settings = new Settings
        {
            Parts = parsed.GetValue(parts),
            Workers = parsed.GetValue(workers),
            Compare = parsed.GetValue(compare),
            Count = parsed.GetValue(count),
            Seed = parsed.GetValue(seed),
            Model = parsed.GetValue(model),
            White = parsed.GetValue(white),
            Images = parsed.GetValue(images),
            Labels = parsed.GetValue(labels),
        };
        try
        {
            return await RunAsync(settings, cancellationToken);
        }
        catch (InputException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130; // what a shell reports for Ctrl-C
        }
    }
);
return await command.Parse(args).InvokeAsync();

static Option<T> Option<T>(string name, string description, T fallback) =>
    new(name) { Description = description, DefaultValueFactory = _ => fallback };

static async Task<int> RunAsync(Settings settings, CancellationToken cancellationToken)
{
    var survey = new Survey(settings.OpenImages(), settings.Parts);
    var model = settings.OpenModel();
    var one = settings.Compare ? await ClassifyAsync(survey, model, settings, 1, cancellationToken) : null;
    var all = await ClassifyAsync(survey, model, settings, settings.Workers, cancellationToken);
    AnsiConsole.Write(Report.Stages(all));
    AnsiConsole.Write(Report.Classes(all));
    AnsiConsole.WriteLine("A row for what images show, a column for what was found:");
    AnsiConsole.Write(Report.Confusion(all));
    if (one is null || one.Confusion.SequenceEqual(all.Confusion))
    {
        return 0;
    }
    await Console.Error.WriteLineAsync($"the counts of 1 and of {settings.Workers} workers differ");
    return 1;
}

static async Task<SurveyResult> ClassifyAsync(
    Survey survey,
    OnnxCut model,
    Settings settings,
    int workers,
    CancellationToken cancellationToken
)
{
    var name = settings.Model ?? "digits.onnx";
    var team = workers == 1 ? "1 worker" : $"{workers} workers";
    var classifiers = new List<ImageClassifier>();
    try
    {
        while (classifiers.Count < workers)
        {
            classifiers.Add(new ImageClassifier(model, name, settings.White));
        }
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var result = await AnsiConsole
            .Progress()
            .StartAsync(progress =>
            {
                var task = progress.AddTask(team, maxValue: survey.Images);
                return survey.RunAsync(classifiers, done => task.Increment(done), cancellationToken);
            });
        var rate = result.Images / time.GetElapsedTime(start).TotalSeconds;
        AnsiConsole.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{team}: {rate:F0} images/s, {result.Right} of {result.Images} right"
            )
        );
        return result;
    }
    finally
    {
        classifiers.ForEach(classifier => classifier.Dispose());
    }
}
