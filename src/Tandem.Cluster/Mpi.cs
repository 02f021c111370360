using System.Runtime.InteropServices;

namespace Tandem.Cluster;

/// <summary>
/// The functions of Open MPI 4's C library that are used here (MPI 3.1 standard; handles are pointers to what the library exports).
/// Each gives 0, or the code of an error.
/// </summary>
internal static unsafe partial class Mpi
{
    /// <summary>The library's file.</summary>
    public const string Library = "libmpi.so.40";

    /// <summary>Several threads may call, one at a time.</summary>
    public const int ThreadSerialized = 2;

    /// <summary>Several threads may call at the same time.</summary>
    public const int ThreadMultiple = 3;

    /// <summary>Room for an error's text.</summary>
    public const int ErrorStringMax = 256;

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    public static partial int InitThread(nint argumentCount, nint arguments, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    public static partial int Leave();

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    public static partial int CommRank(nint communicator, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    public static partial int CommSize(nint communicator, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_split")]
    public static partial int CommSplit(nint communicator, int color, int key, out nint part);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_set_errhandler")]
    public static partial int CommSetErrorHandler(nint communicator, nint handler);

    [LibraryImport(Library, EntryPoint = "MPI_Error_string")]
    public static partial int ErrorString(int code, byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Isend")]
    public static partial int Isend(
        void* data,
        int count,
        nint type,
        int to,
        int tag,
        nint communicator,
        out nint request
    );

    [LibraryImport(Library, EntryPoint = "MPI_Recv")]
    public static partial int Recv(
        void* data,
        int count,
        nint type,
        int from,
        int tag,
        nint communicator,
        MpiStatus* status
    );

    [LibraryImport(Library, EntryPoint = "MPI_Iprobe")]
    public static partial int Iprobe(int from, int tag, nint communicator, out int isThere, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Sendrecv")]
    public static partial int SendRecv(
        void* sent,
        int sentCount,
        nint sentType,
        int to,
        int sentTag,
        void* received,
        int receivedCount,
        nint receivedType,
        int from,
        int receivedTag,
        nint communicator,
        nint status
    );

    [LibraryImport(Library, EntryPoint = "MPI_Wait")]
    public static partial int Wait(ref nint request, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Get_count")]
    public static partial int GetCount(MpiStatus* status, nint type, out int count);

    [LibraryImport(Library, EntryPoint = "MPI_Bcast")]
    public static partial int Bcast(void* data, int count, nint type, int root, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Barrier")]
    public static partial int Barrier(nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Allgather")]
    public static partial int Allgather(
        void* sent,
        int sentCount,
        nint sentType,
        void* received,
        int receivedCount,
        nint receivedType,
        nint communicator
    );

    [LibraryImport(Library, EntryPoint = "MPI_Alltoall")]
    public static partial int Alltoall(
        void* sent,
        int sentCount,
        nint sentType,
        void* received,
        int receivedCount,
        nint receivedType,
        nint communicator
    );
}
