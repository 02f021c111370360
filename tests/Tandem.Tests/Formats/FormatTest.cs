using Tandem.Formats;

namespace Tandem.Tests.Formats;

/// <summary>What holds for every format.</summary>
public class FormatTest
{
    // Root-mean-square error of weights with a bell-shaped distribution, relative to their own size.
    private static readonly Dictionary<string, double> ErrorMax = new()
    {
        ["F32"] = 0,
        ["F16"] = 0.0003,
        ["BF16"] = 0.003,
        ["Q8_0"] = 0.007,
        ["Q6_K"] = 0.018,
        ["Q5_1"] = 0.043,
        ["Q5_0"] = 0.05,
        ["Q5_K"] = 0.037,
        ["IQ4_NL"] = 0.08,
        ["IQ4_XS"] = 0.081,
        ["Q4_1"] = 0.089,
        ["Q4_0"] = 0.1,
        ["Q4_K"] = 0.075,
        ["Q3_K"] = 0.17,
        ["Q2_K"] = 0.3,
    };

    public static TheoryData<string> Names => [.. FormatTable.All.Select(format => format.Name)];

    public static TheoryData<string> QuantisedNames =>
        [.. FormatTable.All.Where(format => format.BlockLength > 1).Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Encoded_weights_come_back_with_the_error_that_the_format_allows(string name)
    {
        var format = FormatTable.ByName(name)!;
        var values = Bell(seed: 1, 64 * 256, deviation: 0.02);
        var error = RelativeError(values, RoundTrip(format, values));
        Assert.InRange(error, 0, ErrorMax[name]);
        Assert.True(format.BlockLength == 1 || error > ErrorMax[name] / 2, $"the bound of {name} is loose: {error}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_error_does_not_depend_on_the_sign_or_size_of_the_weights(string name)
    {
        var format = FormatTable.ByName(name)!;
        var values = Bell(seed: 2, 16 * 256, deviation: 1);
        var plain = RelativeError(values, RoundTrip(format, values));
        foreach (var factor in (float[])[-1, 1e-2f, 1e3f])
        {
            float[] scaled = [.. values.Select(value => value * factor)];
            Assert.InRange(RelativeError(scaled, RoundTrip(format, scaled)), plain * 0.8, plain * 1.2);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Zeros_stay_zero(string name) =>
        Assert.All(RoundTrip(FormatTable.ByName(name)!, new float[512]), value => Assert.Equal(0, value));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_constant_survives_whatever_its_sign(string name)
    {
        var format = FormatTable.ByName(name)!;
        foreach (var constant in (float[])[-0.37f, 0.37f])
        {
            var back = RoundTrip(format, [.. Enumerable.Repeat(constant, 256)]);
            Assert.All(back, value => Assert.InRange(value / constant, 0.98, 1.02));
        }
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("Q8_0")]
    [InlineData("Q4_0")]
    [InlineData("Q4_1")]
    [InlineData("Q5_0")]
    [InlineData("Q5_1")]
    public void Decoded_weights_are_encoded_as_the_same_values_again(string name)
    {
        var format = FormatTable.ByName(name)!;
        var once = RoundTrip(format, Bell(seed: 3, 64 * 256, deviation: 0.3));
        Assert.Equal(once, RoundTrip(format, once));
    }

    [Theory]
    [MemberData(nameof(QuantisedNames))]
    public void Every_bit_of_a_block_matters(string name)
    {
        var format = FormatTable.ByName(name)!;
        var block = new byte[format.BlockBytes];
        format.Encode(Bell(seed: 4, format.BlockLength, deviation: 1), block);
        var before = new float[format.BlockLength];
        var after = new float[format.BlockLength];
        format.Decode(block, before);
        for (var bit = 0; bit < 8 * block.Length; bit++)
        {
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            format.Decode(block, after);
            Assert.False(before.AsSpan().SequenceEqual(after), $"bit {bit} of {name} is not read");
            block[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoding_several_blocks_equals_decoding_each(string name)
    {
        var format = FormatTable.ByName(name)!;
        var bytes = new byte[format.BytesOf(5 * 256)];
        format.Encode(Bell(seed: 5, 5 * 256, deviation: 1), bytes);
        var together = new float[5 * 256];
        format.Decode(bytes, together);
        var apart = new float[5 * 256];
        for (var i = 0; i < apart.Length / format.BlockLength; i++)
        {
            format.Decode(
                bytes.AsSpan(i * format.BlockBytes, format.BlockBytes),
                apart.AsSpan(i * format.BlockLength, format.BlockLength)
            );
        }
        Assert.Equal(apart, together);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoding_allocates_nothing(string name)
    {
        var format = FormatTable.ByName(name)!;
        var bytes = new byte[format.BytesOf(1024)];
        var values = new float[1024];
        format.Decode(bytes, values);
        var before = GC.GetAllocatedBytesForCurrentThread();
        format.Decode(bytes, values);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_format_is_found_by_name_in_any_case_and_by_its_number()
    {
        Assert.Equal("Q4_K", FormatTable.ByName("q4_k")?.Name);
        Assert.Equal("IQ4_XS", FormatTable.ByGgufType(23)?.Name);
        Assert.Null(FormatTable.ByName("Q4_2"));
        Assert.Null(FormatTable.ByGgufType(4));
        Assert.Equal(FormatTable.All.Count, FormatTable.All.DistinctBy(format => format.GgufType).Count());
    }

    private static float[] RoundTrip(Format format, float[] values)
    {
        var bytes = new byte[format.BytesOf(values.Length)];
        format.Encode(values, bytes);
        var back = new float[values.Length];
        format.Decode(bytes, back);
        return back;
    }

    private static double RelativeError(float[] expected, float[] actual)
    {
        var missed = expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        return Math.Sqrt(missed / expected.Sum(value => (double)value * value));
    }

    private static float[] Bell(int seed, int count, double deviation)
    {
        var random = new Random(seed);
        // Twelve uniform numbers have a variance of one.
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => (float)(deviation * (Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6))),
        ];
    }
}
