using Tandem.Devices;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Memory;
using Tandem.Planning.Profiles;

namespace Tandem.Serving.Profiling;

/// <summary>
/// How many weights of a format cores get through, as a device multiplies with them: matrices of a usual size, each of which has long left all
/// caches when its turn comes again.
/// </summary>
internal sealed unsafe class KernelProbe : IDisposable
{
    // Few tokens: as wide as most of a model's matrices are, as one token gets through wider ones more slowly. Many: as wide as those whose
    // activations are more than the second cache holds.
    private const int FewColumns = 2048;
    private const int ManyColumns = 4096;
    private const int Weights = 1024 * ManyColumns;
    private const int TokensMax = 512;
    private const string Purpose = "the measurement of kernels";

    // Each of two cores reads half of the weights, and may have tens of megabytes of cache for itself.
    private const long WeightBytes = 256 << 20;
    private const long WeightBytesMin = 64 << 20;

    // Passes over fewer tokens take several matrices a round, as each by itself takes no time worth measuring.
    private const int FewTokens = 16;
    private const long FewBytes = 16 << 20;

    // Where several cores share the memory, reading gives way to computing between four and eight.
    private static readonly int[] s_tokens = [1, 2, 4, 5, 8, 16, 64, TokensMax];
    private static readonly int[] s_fewTokens = [1, FewTokens, TokensMax];

    private readonly KernelSet _kernels;
    private readonly ProbeClock _clock;
    private readonly (int Units, CpuDevice Device)[] _devices;
    private readonly byte* _weights;
    private readonly long _weightBytes;

    /// <summary>Room for weights, and a device for each number of cores.</summary>
    /// <param name="kernels">What multiplies.</param>
    /// <param name="cores">All cores.</param>
    /// <param name="counts">How many of them are to compute together.</param>
    /// <param name="clock">Measures.</param>
    /// <exception cref="InputException">The memory does not suffice.</exception>
    public KernelProbe(KernelSet kernels, IReadOnlyList<int> cores, IReadOnlyList<int> counts, ProbeClock clock)
    {
        (_kernels, _clock) = (kernels, clock);
        _devices =
        [
            .. counts.Select(units =>
                (units, new CpuDevice(new Arena(Purpose, long.MaxValue), units, cores, TokensMax, clock.Time))
            ),
        ];
        _weightBytes = Math.Clamp(SystemMemory.AvailableBytes() / 4, WeightBytesMin, WeightBytes);
        _weights = _devices[0].Device.Arena.AllocateResident(_weightBytes);
    }

    /// <summary>The rates of a format at some numbers of tokens, from 1 to a full step's, for each number of cores.</summary>
    /// <param name="format">The format.</param>
    /// <param name="isBrief">Whether few numbers of tokens have to do.</param>
    public IReadOnlyList<KernelRate> Rates(Format format, bool isBrief)
    {
        var kernel = _kernels.For(format, cutsBlocks: false);
        var ofMany = Fill(format, kernel);
        // The same memory: a group of as many columns again is two groups behind each other.
        PackedMatrix[] ofFew =
        [
            .. ofMany.Select(matrix => new PackedMatrix(kernel, Weights / FewColumns, FewColumns)
            {
                Data = matrix.Data,
            }),
        ];
        using var arena = new Arena(Purpose, long.MaxValue);
        var few = new Activation(arena, FewTokens, FewColumns, kernel.Input);
        var many = new Activation(arena, TokensMax, ManyColumns, kernel.Input);
        Fill(few);
        Fill(many);
        var output = new Tensor(arena, TokensMax, Weights / FewColumns);
        var next = 0;
        var ofFewARound = (int)Math.Max(1, FewBytes / ofFew[0].Bytes);
        int MatricesARound(int tokens) => tokens <= FewTokens ? ofFewARound : 1;
        Action Round(CpuDevice device, int tokens)
        {
            var (matrices, input) = tokens <= FewTokens ? (ofFew, few) : (ofMany, many);
            var count = MatricesARound(tokens);
            return () =>
            {
                for (var i = 0; i < count; i++)
                {
                    device.Multiply(matrices[next++ % matrices.Length], null, input, output, tokens);
                }
                device.Wait();
            };
        }
        var rates = new List<KernelRate>();
        var points = isBrief ? s_fewTokens : s_tokens;
        foreach (var (units, device) in _devices)
        {
            var seconds = _clock.SecondsOfEach([.. points.Select(tokens => Round(device, tokens))]);
            rates.AddRange(
                points.Zip(
                    seconds,
                    (tokens, one) =>
                        new KernelRate(units, tokens, (double)Weights * MatricesARound(tokens) / one / units / 1e9)
                )
            );
        }
        return rates;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, device) in _devices)
        {
            device.Dispose();
        }
    }

    // All groups are alike: what the numbers are does not matter, where they lie does.
    private PackedMatrix[] Fill(Format format, MatrixKernel kernel)
    {
        var rows = Weights / ManyColumns;
        var row = new byte[format.BytesOf(ManyColumns)];
        format.Encode([.. Enumerable.Range(0, ManyColumns).Select(i => MathF.Sin(i))], row);
        var bytes = new PackedMatrix(kernel, rows, ManyColumns).Bytes;
        var matrices = new PackedMatrix[_weightBytes / bytes];
        for (var i = 0; i < matrices.Length; i++)
        {
            matrices[i] = new PackedMatrix(kernel, rows, ManyColumns) { Data = _weights + i * bytes };
        }
        var first = matrices[0];
        fixed (byte* source = row)
        {
            kernel.PackGroup(new SourceRows(source, 0, PanelLayout.GroupRows), 0, ManyColumns, first.Data);
        }
        foreach (var matrix in matrices)
        {
            for (var group = matrix == first ? 1 : 0; group < matrix.Groups; group++)
            {
                Buffer.MemoryCopy(first.Data, matrix.Group(group), matrix.GroupBytes, matrix.GroupBytes);
            }
        }
        return matrices;
    }

    // Rows that nobody has written are one and the same page of zeros, which is always in the nearest cache.
    private static void Fill(Activation input)
    {
        for (var row = 0; row < input.Rows; row++)
        {
            for (var column = 0; column < input.Columns; column++)
            {
                input.Row(row)[column] = (row * 31 + column * 7919) % 255 - 127;
            }
            input.Round(row, 0, input.Columns);
        }
    }
}
