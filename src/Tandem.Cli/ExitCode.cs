namespace Tandem.Cli;

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>A mistake in the input: a file, a model, a request.</summary>
    public const int InputError = 1;

    /// <summary>A mistake in the command line.</summary>
    public const int WrongUsage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it: 128 and the number of the signal.</summary>
    public const int Interrupted = 130;
}
