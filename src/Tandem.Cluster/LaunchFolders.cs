namespace Tandem.Cluster;

/// <summary>
/// Where the processes of one launch put their files: sockets and whatever else is temporary, and memory that they share. Nothing of it
/// outlives them, whoever is killed: the shell that waits for <c>mpirun</c> removes both folders, and so does the launcher.
/// </summary>
internal sealed class LaunchFolders : IDisposable
{
    private const string SharedMemory = "/dev/shm";

    // Interrupted, it waits on: what it has started ends.
    private const string Script = """
        trap : INT TERM HUP
        files=$1 memory=$2
        shift 2
        "$@"
        status=$?
        rm -rf -- "$files" "$memory"
        exit $status
        """;

    /// <summary>New, empty folders.</summary>
    public LaunchFolders()
    {
        var files = Directory.CreateTempSubdirectory("tandem-");
        Files = files.FullName;
        // A folder on a disk would do as well, and have the system write what is shared to it.
        var memory = Path.Combine(Directory.Exists(SharedMemory) ? SharedMemory : Files, files.Name);
        Memory = Directory.CreateDirectory(memory).FullName;
    }

    /// <summary>For sockets and temporary files.</summary>
    public string Files { get; }

    /// <summary>For memory that is shared.</summary>
    public string Memory { get; }

    /// <summary>The arguments with which a shell runs a command and then removes the folders; it ends like the command.</summary>
    public string[] ShellArguments(IEnumerable<string> command) => ["-c", Script, "sh", Files, Memory, .. command];

    /// <summary>Removes the folders.</summary>
    public void Dispose()
    {
        foreach (var folder in new[] { Memory, Files }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
