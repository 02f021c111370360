namespace Tandem.Cli.Options;

/// <summary>What an answer is printed as.</summary>
internal enum OutputKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Token ids, separated by commas.</summary>
    Tokens,
}
