using System.CommandLine;
using System.CommandLine.Parsing;
using Tandem.Kernels;

namespace Tandem.Cli.Options;

/// <summary>Makes options; their names are the same wherever they appear.</summary>
internal static class NewOption
{
    /// <summary>The name of the option that says what its workers are.</summary>
    public const string WorkersName = "--workers";

    /// <summary>The value of that option for processes.</summary>
    public const string ProcessesValue = "processes";

    /// <summary>An option with a value.</summary>
    /// <param name="name">Its name, such as <c>--seed</c>.</param>
    /// <param name="value">What help calls the value, such as <c>N</c>.</param>
    /// <param name="description">What it does, for help.</param>
    /// <param name="parse">Reads the value.</param>
    public static Option<T?> Of<T>(string name, string value, string description, Func<ArgumentResult, T?> parse) =>
        new(name)
        {
            HelpName = value,
            Description = description,
            CustomParser = parse,
            Arity = ArgumentArity.ExactlyOne,
        };

    /// <summary>An option whose value is text.</summary>
    public static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };

    /// <summary>An option that is there or not.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>The model's file.</summary>
    public static Option<string?> Model() =>
        Text("--model", "FILE", "The model, a GGUF file; without it the small model that ships inside.");

    /// <summary>How activations meet quantised weights; the value tells whether they stay floats.</summary>
    public static Option<ActivationMode?> Activations() =>
        Of(
            "--activations",
            "f32|quantised",
            "Whether activations are rounded to 8 bits before quantised weights; f32 is the exact, slow reference. [default: quantised]",
            Values.OneOf(("f32", ActivationMode.F32), ("quantised", ActivationMode.Quantised))
        );

    /// <summary>What multiplies with the weights.</summary>
    public static Option<KernelChoice?> Kernels() =>
        Of(
            "--kernels",
            "portable|avx2|avxvnni|avx512",
            "What multiplies with the weights: code generated for these instructions, or that in C# (portable). [default: the fastest that this machine has]",
            Values.OneOf(
                ("portable", KernelChoice.Portable),
                ("avx2", KernelChoice.Avx2),
                ("avxvnni", KernelChoice.AvxVnni),
                ("avx512", KernelChoice.Avx512)
            )
        );

    /// <summary>How many cores a command may use.</summary>
    public static Option<int?> Threads() =>
        Of(
            "--threads",
            "N",
            "All cores that may be used. [default: the physical cores that affinity and cgroup quota allow]",
            Values.Whole(1, 1024)
        );

    /// <summary>How a model is split.</summary>
    public static Option<AskedPlan?> Plan() =>
        Of(
            "--plan",
            "P|auto",
            "How the model is split, such as dp=2,pp=2,tp=2,threads=1: copies, stages, ranks, cores of a rank; also layers=7/9, share=2/1, ep=1. [default: auto, the best by the profile, or ranks over all cores]",
            Values.Plan
        );

    /// <summary>What is known of the hardware.</summary>
    public static Option<string?> Profile() =>
        Text(
            "--profile",
            "FILE|none",
            "What the machines can do, as tandem profile writes it. [default: what tandem profile has measured here]"
        );

    /// <summary>What a model's workers are.</summary>
    public static Option<WorkerKind?> Workers() =>
        Of(
            WorkersName,
            "threads|processes",
            "What the plan's workers are: threads, or processes under Open MPI, one for each stage and rank. [default: threads]",
            Values.OneOf(("threads", WorkerKind.Threads), (ProcessesValue, WorkerKind.Processes))
        );

    /// <summary>Positions of a sequence.</summary>
    public static Option<int?> Context() =>
        Of(
            "--context",
            "N",
            "Tokens that prompt and answer may have together. [default: the model's own, reduced to what memory allows]",
            Values.Whole(1)
        );

    /// <summary>The number format of cached keys and values.</summary>
    public static Option<CacheType?> CacheType() =>
        Of(
            "--cache-type",
            "f32|f16|bf16|q8_0",
            "The number format of cached keys and values. [default: f16]",
            Values.OneOf(
                ("f32", Tandem.Kernels.CacheType.F32),
                ("f16", Tandem.Kernels.CacheType.F16),
                ("bf16", Tandem.Kernels.CacheType.BF16),
                ("q8_0", Tandem.Kernels.CacheType.Q8_0)
            )
        );

    /// <summary>Results for scripts.</summary>
    public static Option<bool> Json() => Flag("--json", "Prints one JSON object.");
}
