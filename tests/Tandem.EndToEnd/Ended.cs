using System.Text.RegularExpressions;

namespace Tandem.EndToEnd;

/// <summary>How a process ended and what it wrote.</summary>
internal sealed partial record Ended(int ExitCode, string Output, string Error)
{
    /// <summary>The line that says that nothing was known for choosing a plan, which is no part of <see cref="Error"/>; empty where there was none.</summary>
    public string Notice { get; private init; } = "";

    /// <summary>The end of a process that runs models; on one core it has no notice to give.</summary>
    public static Ended Of(int exitCode, string output, string error)
    {
        var notice = NoticeLine().Match(error);
        return new Ended(exitCode, output, notice.Success ? error.Remove(notice.Index, notice.Length) : error)
        {
            Notice = notice.Value,
        };
    }

    /// <summary>Asserts the end that a mistake in the input has: exit code 1, no output, one line that says what is wrong.</summary>
    public void IsInputError(string message)
    {
        Assert.Equal(("", 1), (Output, ExitCode));
        Assert.Equal($"tandem: {message}\n", Error);
    }

    /// <summary>Whether two runs did the same; how many cores they had to choose from is another matter.</summary>
    public bool Equals(Ended? other) =>
        other is not null && (ExitCode, Output, Error) == (other.ExitCode, other.Output, other.Error);

    public override int GetHashCode() => HashCode.Combine(ExitCode, Output, Error);

    [GeneratedRegex(
        "^(no profile of this machine|no profile is used|the profile is not used), so [^\n]*\n",
        RegexOptions.Multiline
    )]
    private static partial Regex NoticeLine();
}
