namespace Tandem.Bench.Soak;

/// <summary>What a client does with its request.</summary>
internal enum Behaviour
{
    /// <summary>Takes the whole answer.</summary>
    Whole,

    /// <summary>Takes a stream to its end.</summary>
    Stream,

    /// <summary>Leaves in the middle of a stream.</summary>
    Cancel,

    /// <summary>Closes the connection before anything has come.</summary>
    Disconnect,

    /// <summary>Reads a stream slowly.</summary>
    SlowReader,

    /// <summary>Has texts embedded.</summary>
    Embed,

    /// <summary>Asks for what cannot be.</summary>
    Mistake,
}
