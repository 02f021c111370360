using Tandem;
using Tandem.Loading;
using Tandem.Trainer;
using Tandem.Trainer.Text;

const string Usage = """
    Trains the model that ships inside Tandem. Run it from the root of the repository.

      train [--steps N] [--seed N] [--workers N] [--checkpoint FILE] [--out FILE]
            from nothing, or on from a checkpoint; then writes the GGUF file
      check [--model FILE]      asks what was held out; fails below 18 of 20
      tell PROMPT [--model FILE]
      text [--documents N] [--seed N]    shows what the grammar writes
    """;

try
{
    return Run(new Arguments(args));
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

int Run(Arguments arguments)
{
    switch (arguments.Command)
    {
        case "train":
            Train(arguments);
            return 0;
        case "check":
            return Check(arguments);
        case "tell":
            using (var speaker = OpenSpeaker(arguments))
            {
                Console.WriteLine(speaker.Answer(arguments.Text).Text);
            }
            return 0;
        case "text":
            Show(arguments);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}

static void Train(Arguments arguments)
{
    var defaults = new TrainingOptions();
    var options = defaults with
    {
        Steps = arguments.Number("--steps", defaults.Steps),
        Seed = arguments.Number("--seed", defaults.Seed),
    };
    var checkpoint = arguments.String("--checkpoint", Path.Combine(".tandem", "training.checkpoint"));
    if (Path.GetDirectoryName(checkpoint) is { Length: > 0 } folder)
    {
        Directory.CreateDirectory(folder);
    }
    var writer = new ConversationWriter(new HeldOut());
    var vocabulary = Corpus.LearnVocabulary(writer, options);
    var workers = arguments.Number("--workers", Environment.ProcessorCount);
    using var training = new Training(options, new Corpus(writer, vocabulary, options.Seed), workers);
    training.Run(checkpoint, TimeProvider.System, Console.WriteLine);
    using var output = File.Create(ModelPath(arguments, "--out"));
    BuiltInFile.Write(output, training.Weights, vocabulary);
}

static int Check(Arguments arguments)
{
    const int pass = 18;
    using var speaker = OpenSpeaker(arguments);
    var verdicts = new Checker().Check(speaker.Answer).ToList();
    foreach (var verdict in verdicts)
    {
        Console.WriteLine($"{(verdict.Fault is null ? "right" : "WRONG: " + verdict.Fault)}: {verdict.Prompt}");
        Console.WriteLine($"    {verdict.Text}");
    }
    var questions = verdicts.Count(verdict => !verdict.IsStory && verdict.Fault is null);
    var stories = verdicts.Count(verdict => verdict.IsStory && verdict.Fault is null);
    Console.WriteLine($"questions {questions} of 20, stories {stories} of 20");
    return questions >= pass && stories >= pass ? 0 : 1;
}

static void Show(Arguments arguments)
{
    var writer = new ConversationWriter(new HeldOut());
    var random = new CountedRandom(arguments.Number("--seed", 1UL));
    for (var document = 0; document < arguments.Number("--documents", 10); document++)
    {
        foreach (var (user, assistant) in writer.Draw(random).Turns)
        {
            Console.WriteLine($"> {user}\n{assistant}");
        }
        Console.WriteLine();
    }
}

static Speaker OpenSpeaker(Arguments arguments)
{
    using var file = WeightFile.Open(ModelPath(arguments, "--model"));
    var (weights, vocabulary) = BuiltInFile.Read(file, NetworkShape.BuiltIn);
    return new Speaker(weights, vocabulary);
}

static string ModelPath(Arguments arguments, string option) =>
    arguments.String(option, Path.Combine("src", "Tandem", "Loading", "BuiltIn.gguf"));
