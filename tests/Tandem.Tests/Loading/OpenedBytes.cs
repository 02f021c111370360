using Tandem.Loading;

namespace Tandem.Tests.Loading;

/// <summary>A weight file over bytes in memory, as the model that ships inside is read.</summary>
internal sealed class OpenedBytes : IDisposable
{
    private readonly byte[] _pinned;

    public unsafe OpenedBytes(ReadOnlySpan<byte> bytes)
    {
        _pinned = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(_pinned);
        fixed (byte* pointer = _pinned)
        {
            File = WeightFile.Open("test.gguf", new UnmanagedMemoryStream(pointer, bytes.Length));
        }
    }

    public WeightFile File { get; }

    public void Dispose()
    {
        File.Dispose();
        GC.KeepAlive(_pinned);
    }
}
