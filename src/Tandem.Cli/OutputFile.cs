namespace Tandem.Cli;

/// <summary>A file that a command writes.</summary>
internal static class OutputFile
{
    /// <summary>
    /// Creates or replaces a file. A new one is deleted again where it could not be written to the end; what was there before may be
    /// a pipe or a device, and is not ours to delete.
    /// </summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var existed = File.Exists(path);
        try
        {
            using var output = new FileStream(path, FileMode.Create, FileAccess.Write);
            try
            {
                write(output);
                output.Flush();
            }
            catch when (!existed)
            {
                File.Delete(path);
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}: cannot be written: {error.Message}", error);
        }
    }
}
