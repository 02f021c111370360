using System.CommandLine;
using Tandem.Cli.Options;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary>A command that runs a model.</summary>
internal interface IModelCommand
{
    /// <summary>How the model is split.</summary>
    PlanSettings Plan { get; }

    /// <summary>How the model's engine is set up, told before anything is loaded.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="InputException">The options contradict each other, or the profile that was named is none.</exception>
    EngineOptions OptionsOf(ParseResult parsed);
}
