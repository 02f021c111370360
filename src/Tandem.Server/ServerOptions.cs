using Tandem.Planning.Profiles;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>What a server serves, where it listens, and how much it takes on.</summary>
public sealed record ServerOptions
{
    /// <summary>The model, and how it is computed.</summary>
    public required EngineOptions Engine { get; init; }

    /// <summary>What clients call the model; null for its file's name.</summary>
    public string? Alias { get; init; }

    /// <summary>The address that it listens on, or the name of one.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The file that names who may ask; null where everybody on this machine may, and nobody else.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>The origins of web pages that may ask, such as <c>https://chat.example.com</c>; <c>*</c> is all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>What a request may ask for.</summary>
    public RequestLimits Limits { get; init; } = new();

    /// <summary>How long a request may take; null for as long as it takes.</summary>
    public TimeSpan? RequestTimeout { get; init; }

    /// <summary>How long running requests have left once the server is to end.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may let what was sent to it lie.</summary>
    public TimeSpan ReaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stream is silent at most: then comes a comment, so that nobody takes the connection for dead.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How soon tokens are to come; answers that do are counted. Null where nothing is promised.</summary>
    public ServiceLevel? ServiceLevel { get; init; }

    /// <summary>Whether there is a profile of this machine, to plan with and to compare with.</summary>
    public ProfileState Profile { get; init; }

    /// <summary>Whether prompts and answers are logged.</summary>
    public bool LogsTexts { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
