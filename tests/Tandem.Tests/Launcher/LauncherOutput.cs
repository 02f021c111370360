namespace Tandem.Tests.Launcher;

/// <summary>How a launcher ended: its exit code, and what it wrote without the last line's end.</summary>
public sealed record LauncherOutput(int ExitCode, string Output, string Error);
