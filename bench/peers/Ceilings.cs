using Tandem.Bench.Measuring;
using Tandem.Plans;
using Tandem.Serving;

namespace Tandem.Bench.Peers;

/// <summary>What the cores of a run can do at most, measured before and after each program of a round.</summary>
internal sealed class Ceilings(ModelHeader header, int threads, TimeProvider time)
{
    /// <summary>The largest difference between the ceilings of a round, as a share of the highest.</summary>
    public const double VariationMax = 0.08;

    private readonly RegisterCeilings _registers = new(threads, time);
    private readonly (string Name, Func<RegisterCeilings, double> Measure) _arithmetic = ArithmeticOf(header);

    /// <summary>The arithmetic that most of the model's bytes are made for, of what this processor has.</summary>
    public string Arithmetic => _arithmetic.Name;

    /// <summary>Bytes that a token reads of the file, in 10⁹.</summary>
    public double GigabytesAToken { get; } = WeightTraffic.BytesAToken(header) / 1e9;

    /// <summary>
    /// Multiply-adds a token of a prompt, in 10⁹: those of all matrices but the tables; the head, of which a prompt needs one row,
    /// and attention are left out.
    /// </summary>
    public double GigaMacsAToken { get; } = MacsAToken(header) / 1e9;

    /// <summary>GB/s that memory gives and, where asked for, 10⁹ multiply-adds a second in registers.</summary>
    public (double GBs, double GigaMacs) Measure(bool arithmetic)
    {
        var read = double.NaN;
        // The measurement keeps its thread on one core, and programs started from there would inherit that.
        var caller = new Thread(() => read = BandwidthCeiling.MeasureGBs(threads, time));
        caller.Start();
        caller.Join();
        return (read, arithmetic ? _arithmetic.Measure(_registers) : double.NaN);
    }

    private static (string Name, Func<RegisterCeilings, double> Measure) ArithmeticOf(ModelHeader header) =>
        header
            .Tensors.Values.GroupBy(tensor => tensor.Format.Name)
            .MaxBy(group => group.Sum(tensor => tensor.Bytes))!
            .Key switch
        {
            "F32" or "F16" => (RegisterCeilings.FloatsBy, ceilings => ceilings.Floats()),
            "BF16" => (RegisterCeilings.Bf16By, ceilings => ceilings.Bf16()),
            _ => (RegisterCeilings.BytesBy, ceilings => ceilings.Bytes()),
        };

    private static double MacsAToken(ModelHeader header)
    {
        var experts = header.Metadata.Int(header.Architecture + ".expert_count", 0);
        var used = header.Metadata.Int(header.Architecture + ".expert_used_count", experts);
        return header
            .Tensors.Values.Where(tensor => tensor.Name.StartsWith("blk.", StringComparison.Ordinal))
            .Sum(tensor =>
                tensor.Name.Contains("_exps.", StringComparison.Ordinal)
                    ? (double)tensor.Columns * tensor.Rows / experts * used
                    : (double)tensor.Columns * tensor.Rows
            );
    }
}
