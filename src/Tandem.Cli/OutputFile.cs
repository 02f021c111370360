namespace Tandem.Cli;

/// <summary>A file that a command writes.</summary>
internal static class OutputFile
{
    /// <summary>Creates or replaces a file, which is deleted again where it could not be written to the end.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            using var output = new FileStream(path, FileMode.Create, FileAccess.Write);
            try
            {
                write(output);
                output.Flush();
            }
            // A pipe or a device is not ours to delete.
            catch when (output.CanSeek)
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
