using System.Runtime.InteropServices;

namespace Tandem.Trainer;

/// <summary>Zeroed floats outside the managed heap, aligned to a cache line.</summary>
internal sealed unsafe class FloatBuffer : IDisposable
{
    private const nuint Alignment = 64;

    /// <summary>A buffer of so many zeros.</summary>
    public FloatBuffer(long length)
    {
        Length = length;
        var bytes = (nuint)(length * sizeof(float));
        Data = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(Data, bytes);
    }

    /// <summary>Frees what was not disposed of.</summary>
    ~FloatBuffer() => Free();

    /// <summary>The first value; null once disposed of.</summary>
    public float* Data { get; private set; }

    /// <summary>How many values there are.</summary>
    public long Length { get; }

    /// <summary>A part as a span.</summary>
    public Span<float> Span(long start, int length) => new(Data + start, length);

    /// <summary>All of it as a span.</summary>
    public Span<float> Span() => new(Data, checked((int)Length));

    /// <inheritdoc />
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
    }
}
