using System.Text.Json;

namespace Tandem.Serving.Batches;

/// <summary>One line of a batch's input: a request, or what is wrong with it.</summary>
internal sealed record BatchLine
{
    /// <summary>Its number in the file, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>A number made of its bytes: other lines have, in all likelihood, another one.</summary>
    public required ulong Digest { get; init; }

    /// <summary>What its author calls it, where that can be read.</summary>
    public string? CustomId { get; init; }

    /// <summary>What is wrong with it, or null.</summary>
    public BatchError? Error { get; init; }

    /// <summary>The path that it asks.</summary>
    public string Url { get; init; } = "";

    /// <summary>What it asks.</summary>
    public JsonElement Body { get; init; }

    /// <summary>What responses call it; it follows from the line alone, so that a result can be told to be this line's.</summary>
    public string Id => FormattableString.Invariant($"{Number}-{Digest:x16}");
}
