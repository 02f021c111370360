using System.Runtime.InteropServices;

namespace Tandem.Cluster;

/// <summary>Open MPI's library in this process, from its start to its end; both happen at most once in a process's life.</summary>
public sealed class MpiSession : IDisposable
{
    private readonly nint _library;
    private readonly nint _errorsReturn;

    private MpiSession(nint library, TimeProvider time, int threads)
    {
        _library = library;
        Time = time;
        (Byte, Float) = (Symbol("ompi_mpi_byte"), Symbol("ompi_mpi_float"));
        _errorsReturn = Symbol("ompi_mpi_errors_return");
        var code = Mpi.InitThread(0, 0, threads, out var provided);
        if (code != 0 || provided < threads)
        {
            throw new InputException(
                $"Open MPI does not start (code {code}, thread level {provided}), expected thread level {threads}; {Advice}"
            );
        }
        World = NewGroup(Symbol("ompi_mpi_comm_world"));
    }

    /// <summary>What to do where Open MPI is missing.</summary>
    public static string Advice { get; } =
        "install Open MPI 4 (on Debian and Ubuntu the packages openmpi-bin and libopenmpi-dev)";

    /// <summary>All processes.</summary>
    public MpiGroup World { get; }

    /// <summary>The handle of bytes.</summary>
    internal nint Byte { get; }

    /// <summary>The handle of 32-bit floats.</summary>
    internal nint Float { get; }

    /// <summary>Measures waiting.</summary>
    internal TimeProvider Time { get; }

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Mpi.Library, out var library))
        {
            return false;
        }
        NativeLibrary.Free(library);
        return true;
    }

    /// <summary>Joins the processes that were started together; all of them call it.</summary>
    /// <param name="time">Measures waiting.</param>
    /// <param name="areThreadsMany">Whether several groups are used at the same time, each by a thread of its own; else one after the other.</param>
    /// <exception cref="InputException">There is no library, or it does not start.</exception>
    public static MpiSession Start(TimeProvider time, bool areThreadsMany) =>
        NativeLibrary.TryLoad(Mpi.Library, out var library)
            ? new MpiSession(library, time, areThreadsMany ? Mpi.ThreadMultiple : Mpi.ThreadSerialized)
            : throw new InputException($"{Mpi.Library} is not to be found; {Advice}");

    /// <summary>Leaves the others; all of them call it.</summary>
    public void Dispose() => MpiGroup.Require(Mpi.Leave());

    /// <summary>A group whose errors come back as codes.</summary>
    internal MpiGroup NewGroup(nint communicator, bool givesWay = false)
    {
        MpiGroup.Require(Mpi.CommSetErrorHandler(communicator, _errorsReturn));
        return new MpiGroup(this, communicator, givesWay);
    }

    private nint Symbol(string name) => NativeLibrary.GetExport(_library, name);
}
