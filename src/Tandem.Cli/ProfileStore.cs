using Tandem.Kernels;
using Tandem.Planning.Profiles;
using Tandem.Serving.Profiling;

namespace Tandem.Cli;

/// <summary>Where the profile of this machine is kept.</summary>
internal static class ProfileStore
{
    private const string None = "none";

    /// <summary>The file, in the user's cache directory; null where the system names none.</summary>
    public static string? Path
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(folder))
            {
                var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
                folder =
                    OperatingSystem.IsWindows()
                        ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                    : home.Length > 0 ? System.IO.Path.Combine(home, ".cache")
                    : "";
            }
            return folder.Length == 0 ? null : System.IO.Path.Combine(folder, "tandem", "profile.json");
        }
    }

    /// <summary>
    /// The profile that was asked for: a file's, none, or the one that was measured on this machine, where there is one that still
    /// fits it.
    /// </summary>
    /// <param name="asked">A file, or <c>none</c>; null for the one of this machine.</param>
    /// <param name="kernels">What is to multiply.</param>
    /// <exception cref="InputException">The file that was named is no profile, or of another machine.</exception>
    public static FoundProfile Find(string? asked, KernelChoice kernels = KernelChoice.Fastest)
    {
        if (asked == None)
        {
            return new FoundProfile(null, "no profile is used");
        }
        if (asked is not null)
        {
            return new FoundProfile(Read(asked, kernels));
        }
        if (Path is not { } path || !File.Exists(path))
        {
            return new FoundProfile(null, "no profile of this machine", "'tandem profile' measures it once");
        }
        try
        {
            return new FoundProfile(Read(path, kernels));
        }
        catch (InputException error)
        {
            return new FoundProfile(null, "the profile is not used", error.Message, IsStale: true);
        }
    }

    private static HardwareProfile Read(string path, KernelChoice kernels)
    {
        var profile = ProfileFile.Read(path);
        profile.RequireMeasuredOn(Profiler.Fingerprint(kernels));
        return profile;
    }

    /// <summary>Whether a profile can be kept.</summary>
    public static bool CanKeep()
    {
        if (Path is not { } path)
        {
            return false;
        }
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            using var probe = new FileStream(path + ".part", FileMode.OpenOrCreate, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Keeps a profile; an unwritable directory is no error.</summary>
    /// <returns>Why it could not be kept; null where it was.</returns>
    public static string? TryKeep(HardwareProfile profile)
    {
        if (Path is not { } path)
        {
            return "the system names no directory for it";
        }
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            // Whoever reads it at the same time sees the old one or the new one, whole.
            var half = path + ".new";
            File.WriteAllText(half, ProfileFile.Write(profile));
            File.Move(half, path, overwrite: true);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }
}
