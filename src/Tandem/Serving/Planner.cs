using Tandem.Models.Architectures;
using Tandem.Plans;

namespace Tandem.Serving;

/// <summary>Plans for engines, without loading anything.</summary>
public static class Planner
{
    /// <summary>Who would have what if an engine were loaded with these options on this machine.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="options">The options.</param>
    /// <param name="areProcesses">Whether its workers are to be processes, each with the limits that this one has.</param>
    /// <exception cref="InputException">The model cannot be split so, or the memory does not suffice.</exception>
    public static Plan Plan(ModelHeader header, EngineOptions options, bool areProcesses = false)
    {
        options.Check();
        return LoadedModel.MakePlan(
            header,
            Architecture.Read(header, options.Context ?? 0),
            EngineLoader.OptionsOf(options) with
            {
                AreProcesses = areProcesses,
            }
        );
    }
}
