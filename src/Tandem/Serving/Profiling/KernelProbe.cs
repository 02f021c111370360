using Tandem.Devices;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>How many weights of a format a core gets through, as a device multiplies with them: matrices of a usual size, more than caches hold.</summary>
internal sealed unsafe class KernelProbe : IDisposable
{
    private const int Side = 2048;
    private const int TokensMax = 512;
    private const long ManyBytes = 64 << 20;

    // Passes over fewer tokens read all matrices, as they wait for memory; those over more a few, as they wait for arithmetic.
    private const int FewTokens = 16;
    private const int MatricesForMany = 1;

    private static readonly int[] s_tokens = [1, 2, 4, 8, 16, 64, TokensMax];
    private static readonly int[] s_fewTokens = [1, FewTokens, TokensMax];

    private readonly CpuDevice _device;
    private readonly int _units;
    private readonly PackedMatrix[] _matrices;
    private readonly Activation _input;
    private readonly Tensor _output;
    private readonly ProbeClock _clock;

    /// <summary>Matrices of a format on some cores.</summary>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public KernelProbe(Format format, KernelSet kernels, IReadOnlyList<int> cores, int units, ProbeClock clock)
    {
        (_units, _clock) = (units, clock);
        var arena = new Arena("the measurement of kernels", long.MaxValue);
        _device = new CpuDevice(arena, units, cores, TokensMax, clock.Time);
        var kernel = kernels.For(format, cutsBlocks: false);
        var bytes = new PackedMatrix(kernel, Side, Side).Bytes;
        _matrices = [.. Enumerable.Range(0, (int)(ManyBytes / bytes) + MatricesForMany).Select(_ => Matrix(kernel))];
        _input = new Activation(arena, TokensMax, Side, kernel.Input);
        _output = new Tensor(arena, TokensMax, Side);
        Fill(format);
    }

    /// <summary>The rates at some numbers of tokens, from 1 to a full step's.</summary>
    public IEnumerable<KernelRate> Rates()
    {
        foreach (var tokens in _clock.IsLate ? s_fewTokens : s_tokens)
        {
            var matrices = tokens <= FewTokens ? _matrices.Length : MatricesForMany;
            var seconds = _clock.Quartile(() =>
            {
                for (var i = 0; i < matrices; i++)
                {
                    _device.Multiply(_matrices[i], null, _input, _output, tokens);
                }
                _device.Wait();
            });
            yield return new KernelRate(_units, tokens, (double)Side * Side * matrices / seconds / _units / 1e9);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private PackedMatrix Matrix(MatrixKernel kernel)
    {
        var matrix = new PackedMatrix(kernel, Side, Side);
        matrix.Data = (byte*)_device.Arena.Allocate(matrix.Bytes);
        return matrix;
    }

    // All groups are alike: what the numbers are does not matter, where they lie does.
    private void Fill(Format format)
    {
        var row = new byte[format.BytesOf(Side)];
        format.Encode([.. Enumerable.Range(0, Side).Select(i => MathF.Sin(i))], row);
        var first = _matrices[0];
        fixed (byte* rows = row)
        {
            first.Kernel.PackGroup(new SourceRows(rows, 0, PanelLayout.GroupRows), 0, Side, first.Data);
        }
        foreach (var matrix in _matrices)
        {
            for (var group = matrix == first ? 1 : 0; group < matrix.Groups; group++)
            {
                Buffer.MemoryCopy(first.Data, matrix.Group(group), matrix.GroupBytes, matrix.GroupBytes);
            }
        }
    }
}
