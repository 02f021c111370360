using System.CommandLine;
using System.Globalization;
using Tandem;
using Tandem.Examples.Gradients;

var defaults = new TrainingOptions();
var steps = Option("--steps", "Batches that each make one update.", defaults.Steps);
var batch = Option("--batch", "Images of a batch, all workers' together; a multiple of 8.", defaults.Batch);
var workers = Option(
    "--workers",
    "Threads that share each batch: 1, 2, 4 or 8.",
    Environment.ProcessorCount >= 2 ? 2 : 1
);
var seed = Option("--seed", "Of the first parameters and of the images.", defaults.Seed);
var output = new Option<FileInfo?>("--out") { Description = "Where to write the network, as an ONNX file." };
var command = new RootCommand(
    "Trains a small convolutional network on digits, with the gradients of several workers summed."
)
{
    steps,
    batch,
    workers,
    seed,
    output,
};
command.SetAction(parsed =>
{
    var options = new TrainingOptions
    {
        Steps = parsed.GetValue(steps),
        Batch = parsed.GetValue(batch),
        Workers = parsed.GetValue(workers),
        Seed = parsed.GetValue(seed),
    };
    try
    {
        Train(options, parsed.GetValue(output));
        return 0;
    }
    catch (InputException error)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
});
return command.Parse(args).Invoke();

static Option<int> Option(string name, string description, int fallback) =>
    new(name) { Description = description, DefaultValueFactory = _ => fallback };

static void Train(TrainingOptions options, FileInfo? output)
{
    const int printEvery = 20;
    const int examined = 2000;
    // Before the work, which would be lost.
    using var file = output is null ? null : Open(output);
    var time = TimeProvider.System;
    var start = time.GetTimestamp();
    var result = Training.Run(
        options,
        time,
        (step, loss) =>
        {
            if (step % printEvery == 0 || step == options.Steps - 1)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step, 5}  loss {loss:G9}"));
            }
        }
    );
    var seconds = time.GetElapsedTime(start).TotalSeconds;
    var accuracy = Examiner.Accuracy(result.Parameters, options.Seed, examined);
    var team = options.Workers == 1 ? "1 worker" : $"{options.Workers} workers";
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{team}: {(double)options.Steps * options.Batch / seconds:F0} images/s, {result.WaitShare:P1} of their time waiting for each other; {accuracy:P1} of {examined} other digits recognised"
        )
    );
    if (file is not null)
    {
        file.SetLength(0);
        file.Write(OnnxFile.Write(result.Parameters));
        Console.WriteLine($"wrote {file.Name}");
    }
}

// What is in it stays there until there is something better.
static FileStream Open(FileInfo file)
{
    try
    {
        return file.Open(FileMode.OpenOrCreate, FileAccess.Write);
    }
    catch (Exception error) when (error is IOException or UnauthorizedAccessException)
    {
        throw new InputException($"{file.FullName} cannot be written: {error.Message}", error);
    }
}
