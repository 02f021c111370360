namespace Tandem.EndToEnd;

/// <summary>How a process ended and what it wrote.</summary>
internal sealed record Ended(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts the end that a mistake in the input has: exit code 1, no output, one line that says what is wrong.</summary>
    public void IsInputError(string message)
    {
        Assert.Equal(("", 1), (Output, ExitCode));
        Assert.Equal($"tandem: {message}\n", Error);
    }
}
