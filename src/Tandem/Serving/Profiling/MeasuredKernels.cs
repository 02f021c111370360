using System.Text.Json;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>
/// A file with what kernels were measured to do so far: a measurement that was ended goes on from there. One of another machine, or that
/// makes no sense, counts as none.
/// </summary>
/// <param name="path">The file; it need not be there.</param>
public sealed class MeasuredKernels(string path)
{
    /// <summary>What a format's kernels do; null where that is not known.</summary>
    internal IReadOnlyList<KernelRate>? Find(Fingerprint here, string format)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            var part = ProfileFile.ParsePart(File.ReadAllText(path));
            return part.Fingerprint == here ? part.Kernels.GetValueOrDefault(format) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps what is known; whoever ends this process ends it before or after, never between.</summary>
    internal void Keep(Fingerprint here, IReadOnlyDictionary<string, IReadOnlyList<KernelRate>> kernels)
    {
        var half = path + ".new";
        File.WriteAllText(half, ProfileFile.Write(new ProfilePart(here, kernels)));
        File.Move(half, path, overwrite: true);
    }

    /// <summary>Forgets all.</summary>
    public void Delete() => File.Delete(path);
}
