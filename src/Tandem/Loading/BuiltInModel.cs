using System.Reflection;

namespace Tandem.Loading;

/// <summary>
/// The small model that ships inside this assembly, for use without any file: short stories and simple answers. It is
/// trained from nothing by <c>tools/Trainer</c>.
/// </summary>
public static class BuiltInModel
{
    /// <summary>What messages call it.</summary>
    public const string Name = "built-in model";

    private const string Resource = "Tandem.BuiltIn.gguf";

    /// <summary>Opens it where it lies in the loaded assembly; nothing is copied.</summary>
    public static WeightFile Open()
    {
        // The runtime hands out a resource of a loaded assembly as a view of its mapped image.
        var stream = (UnmanagedMemoryStream)Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        return WeightFile.Open(Name, stream);
    }
}
