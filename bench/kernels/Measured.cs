using Tandem.Bench.Measuring;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Memory;

namespace Tandem.Bench.Kernels;

/// <summary>
/// One kernel on matrices of a usual size: as many of them as no cache holds, for a single token; one alone for many.
/// </summary>
internal sealed unsafe class Measured : IDisposable
{
    private const int Rows = 2048;
    private const int Columns = 2048;
    private const int TokensMax = 512;
    private const long ManyBytes = 256 << 20;

    private readonly Stopclock _clock;
    private readonly MatrixKernel _kernel;
    private readonly PackedMatrix _matrix;
    private readonly int _matrices;
    private readonly Arena _arena = new("what is measured", long.MaxValue);
    private readonly byte* _data;
    private readonly float* _output;
    private readonly ActivationView _input;

    public Measured(Format format, KernelChoice choice, Stopclock clock)
    {
        _clock = clock;
        _kernel = new KernelSet(choice, exactActivations: false).For(format, cutsBlocks: false);
        _matrix = new PackedMatrix(_kernel, Rows, Columns);
        _matrices = (int)(ManyBytes / _matrix.Bytes) + 1;
        _data = (byte*)Allocate(_matrix.Bytes * _matrices);
        _output = (float*)Allocate((long)Rows * TokensMax * sizeof(float));
        _input = new ActivationView
        {
            Stride = Columns,
            Values = (float*)Allocate((long)Columns * TokensMax * sizeof(float)),
            Numbers = (sbyte*)Allocate(Columns * TokensMax),
            Scales = (float*)Allocate(Columns * TokensMax / 32 * sizeof(float)),
            Sums = (int*)Allocate(Columns * TokensMax / 16 * sizeof(int)),
            BFloats = (ushort*)Allocate(Columns * TokensMax * sizeof(ushort)),
        };
        Fill();
    }

    /// <summary>Billions of multiply-adds a second.</summary>
    public double GigaMacs(int tokens)
    {
        var groups = _matrix.Groups;
        var seconds = _clock.BestOf(() => _kernel.Multiply(_data, groups, Columns, _input, tokens, _output, Rows));
        return (double)Rows * Columns * tokens / seconds / 1e9;
    }

    /// <summary>Bytes of the file that are read a nanosecond by some tokens together.</summary>
    public double FileGBs(int tokens)
    {
        var seconds = _clock.BestOf(() =>
        {
            for (var i = 0; i < _matrices; i++)
            {
                _kernel.Multiply(_data + i * _matrix.Bytes, _matrix.Groups, Columns, _input, tokens, _output, Rows);
            }
        });
        return (double)_kernel.Format.BytesOf(Columns) * Rows * _matrices / seconds / 1e9;
    }

    public void Dispose() => _arena.Dispose();

    // Every matrix is the same: its numbers do not matter, where they lie does.
    private void Fill()
    {
        var random = new Random(1);
        for (var i = 0; i < Columns * TokensMax; i++)
        {
            _input.Values[i] = (float)random.NextDouble() - 0.5f;
        }
        for (var token = 0; token < TokensMax; token++)
        {
            _input.QuantiseRow(token, 0, Columns);
            _input.RoundRow(token, 0, Columns);
        }
        var rowBytes = (int)_kernel.Format.BytesOf(Columns);
        var file = new byte[rowBytes * PanelLayout.GroupRows];
        for (var row = 0; row < PanelLayout.GroupRows; row++)
        {
            var values = new ReadOnlySpan<float>(_input.Values + row * Columns, Columns);
            _kernel.Format.Encode(values, file.AsSpan(row * rowBytes, rowBytes));
        }
        fixed (byte* rows = file)
        {
            _kernel.PackGroup(new SourceRows(rows, rowBytes, PanelLayout.GroupRows), 0, Columns, _data);
        }
        for (var group = 1L; group < (long)_matrices * _matrix.Groups; group++)
        {
            var destination = _data + group * _matrix.GroupBytes;
            Buffer.MemoryCopy(_data, destination, _matrix.GroupBytes, _matrix.GroupBytes);
        }
    }

    private void* Allocate(long bytes) => _arena.Allocate(bytes);
}
