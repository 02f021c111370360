using Tandem.Bench.Measuring;
using Tandem.Planning.Profiles;

namespace Tandem.Bench.Planning;

/// <summary>What <c>tandem profile</c> measures now.</summary>
internal static class MeasuredProfile
{
    /// <summary>Measures it.</summary>
    public static HardwareProfile Of(string program)
    {
        var path = Path.GetTempFileName();
        try
        {
            new JsonProgram(program).Run("profile", "--output", path, "--json");
            return ProfileFile.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
