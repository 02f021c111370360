using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tandem.Planning.Profiles;

/// <summary>Profiles as JSON that people can read, edit and bring from other machines.</summary>
public static class ProfileFile
{
    private static readonly JsonDocumentOptions s_document = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    // A machine of which nothing is said that need not be.
    private static readonly JsonObject s_unsaid = JsonSerializer
        .SerializeToNode(
            new MachineProfile
            {
                Name = "",
                Units = 1,
                MemoryBytes = 1,
                BandwidthGBs = [],
                GigaMultiplyAdds = 1,
                AttentionGigaMultiplyAdds = [],
                StepMicroseconds = 0,
                BlockMicroseconds = [],
                NumberNanoseconds = 0,
                ThreadSums = [],
                Handover = new LinkCost(0, 1),
            },
            ProfileJson.Default.MachineProfile
        )!
        .AsObject();

    /// <summary>The profile of a text.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InputException">It is no profile, of another version, or its figures make no sense.</exception>
    public static HardwareProfile Parse(string text, string source)
    {
        try
        {
            var profile =
                JsonSerializer.Deserialize(Complete(text), ProfileJson.Default.HardwareProfile)
                ?? throw new InputException($"{source}: found null, expected a profile as tandem profile writes it");
            profile.Check();
            return profile;
        }
        catch (JsonException error)
        {
            throw new InputException($"{source}: no profile: {error.Message}", error);
        }
    }

    // The generated reader gives members that a text does not name zeros and nulls instead of their own defaults.
    private static JsonNode? Complete(string text)
    {
        var profile = JsonNode.Parse(text, documentOptions: s_document);
        if (profile is JsonObject all && all["machines"] is JsonArray machines)
        {
            foreach (var machine in machines.OfType<JsonObject>())
            {
                foreach (var member in ProfileJson.Default.MachineProfile.Properties.Where(one => !one.IsRequired))
                {
                    machine.TryAdd(member.Name, s_unsaid[member.Name]?.DeepClone());
                }
            }
        }
        return profile;
    }

    /// <summary>Reads a profile from a file.</summary>
    /// <exception cref="InputException">There is none, it cannot be read, or it is not a profile.</exception>
    public static HardwareProfile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The text of a part.</summary>
    internal static string Write(ProfilePart part) => JsonSerializer.Serialize(part, ProfileJson.Default.ProfilePart);

    /// <summary>Reads a part.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    internal static ProfilePart ParsePart(string text) =>
        JsonSerializer.Deserialize(text, ProfileJson.Default.ProfilePart) ?? throw new JsonException("found null");

    /// <summary>The text of a group's times.</summary>
    public static string Write(IReadOnlyList<CollectiveTimes> times) =>
        JsonSerializer.Serialize(times, ProfileJson.Default.IReadOnlyListCollectiveTimes);

    /// <summary>Reads a group's times.</summary>
    /// <exception cref="InputException">They are something else.</exception>
    public static IReadOnlyList<CollectiveTimes> ParseTimes(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProfileJson.Default.IReadOnlyListCollectiveTimes) ?? [];
        }
        catch (JsonException error)
        {
            throw new InputException($"no times of a group: {error.Message}", error);
        }
    }

    /// <summary>The text of a profile.</summary>
    public static string Write(HardwareProfile profile) =>
        JsonSerializer.Serialize(profile, ProfileJson.Default.HardwareProfile) + "\n";
}

[JsonSerializable(typeof(HardwareProfile))]
[JsonSerializable(typeof(MachineProfile))]
[JsonSerializable(typeof(ProfilePart))]
[JsonSerializable(typeof(IReadOnlyList<CollectiveTimes>))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true
)]
internal sealed partial class ProfileJson : JsonSerializerContext;
