using Tandem.Loading;

namespace Tandem.Cli;

/// <summary>The model that a command was asked to use.</summary>
internal static class ModelFile
{
    /// <summary>Opens a file, or the model that ships inside where none is named.</summary>
    /// <exception cref="InputException">There is no such file, or it is no model.</exception>
    public static WeightFile Open(string? path) => path is null ? BuiltInModel.Open() : WeightFile.Open(path);
}
