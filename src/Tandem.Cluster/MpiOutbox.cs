using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tandem.Cluster;

/// <summary>The message on its way to one other rank: a copy, which stays as it is until the library is done with it.</summary>
internal sealed unsafe class MpiOutbox
{
    private byte[] _data = [];
    private nint _request;

    /// <summary>Sends a message once the one before it is gone.</summary>
    public void Send(ReadOnlySpan<byte> data, nint type, int to, nint communicator)
    {
        if (_request != 0)
        {
            MpiGroup.Require(Mpi.Wait(ref _request, 0));
        }
        if (_data.Length < data.Length)
        {
            _data = GC.AllocateUninitializedArray<byte>(data.Length, pinned: true);
        }
        data.CopyTo(_data);
        // The array is pinned for its whole life.
        var bytes = Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_data));
        MpiGroup.Require(Mpi.Isend(bytes, data.Length, type, to, 0, communicator, out _request));
    }
}
