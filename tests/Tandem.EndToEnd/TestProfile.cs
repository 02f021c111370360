using System.Globalization;

namespace Tandem.EndToEnd;

/// <summary>Profiles of machines that a test makes up.</summary>
internal static class TestProfile
{
    /// <summary>Two cores that take long to read anything, and that sum for nothing.</summary>
    /// <param name="microsecondsOfTwoThreads">What a layer takes two threads of a rank, whatever it computes.</param>
    public static string TwoSlowCores(double microsecondsOfTwoThreads) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {
              "version": 1, "name": "two slow cores",
              "machines": [{
                "name": "cpu", "units": 2, "memoryBytes": 1000000000,
                "bandwidthGBs": [{"units": 1, "value": 0.01}, {"units": 2, "value": 0.02}],
                "gigaMultiplyAdds": 1, "attentionGigaMultiplyAdds": [{"queries": 1, "value": 10}],
                "stepMicroseconds": 1, "numberNanoseconds": 0,
                "blockMicroseconds": [{"units": 1, "value": 0}, {"units": 2, "value": {{{microsecondsOfTwoThreads}}}}],
                "threadSums": [{"ranks": 2, "cost": {"microseconds": 0, "gBs": 1000}}],
                "handover": {"microseconds": 1, "gBs": 10}
              }]
            }
            """
        );

    /// <summary>The same profile as if it had been measured elsewhere.</summary>
    public static string OfAnotherMachine(string profile) =>
        profile.Replace(
            "\"version\": 1,",
            "\"version\": 1, \"fingerprint\": {\"processor\": \"Other\", \"cores\": 3, \"kernels\": \"avx9\", \"memoryGigabytes\": 5, \"program\": \"0\"},",
            StringComparison.Ordinal
        );

    /// <summary>Puts a profile to where programs find it whose cache directory this folder is; gives their environment.</summary>
    public static Dictionary<string, string> Keep(TemporaryFolder folder, string profile)
    {
        Directory.CreateDirectory(folder["tandem"]);
        File.WriteAllText(folder["tandem/profile.json"], profile);
        return new Dictionary<string, string> { ["XDG_CACHE_HOME"] = folder.Path };
    }
}
