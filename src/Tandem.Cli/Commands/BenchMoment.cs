namespace Tandem.Cli.Commands;

/// <summary>What a token changes in a measurement.</summary>
internal enum BenchMoment
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>From here on all sequences generate.</summary>
    Opened,

    /// <summary>All have made as many tokens as were asked for.</summary>
    Closed,
}
