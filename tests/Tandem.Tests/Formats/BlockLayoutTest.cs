using Tandem.Formats;

namespace Tandem.Tests.Formats;

/// <summary>
/// Blocks written by hand from the layouts of the GGUF specification. Halves: 0x3C00 is 1, 0x3800 is 0.5, 0x4000 is 2,
/// 0xC400 is −4. What is not set is zero.
/// </summary>
public class BlockLayoutTest
{
    [Fact]
    public void F16_and_BF16_are_little_endian()
    {
        Assert.Equal([1, -4, 0.5f], Decode("F16", [0x00, 0x3C, 0x00, 0xC4, 0x00, 0x38]));
        Assert.Equal([1, -4, 0.5f], Decode("BF16", [0x80, 0x3F, 0x80, 0xC0, 0x00, 0x3F]));
    }

    [Fact]
    public void BF16_rounds_to_nearest_with_ties_to_even_and_keeps_a_NaN()
    {
        float[] values = [1.00390625f, 1.01171875f, 1.00390637f, float.NaN, float.NegativeInfinity, float.MaxValue];
        var bytes = new byte[2 * values.Length];
        FormatTable.ByName("BF16")!.Encode(values, bytes);
        float[] rounded = [1f, 1.015625f, 1.0078125f, float.NaN, float.NegativeInfinity, float.PositiveInfinity];
        Assert.Equal(rounded, Decode("BF16", bytes));
    }

    [Fact]
    public void Q8_0_is_a_half_and_32_signed_bytes()
    {
        var values = Decode("Q8_0", Block(34, (0, 0x00), (1, 0x38), (2, 127), (3, 0x80), (33, 0xFF)));
        Expect(values, rest: 0, (0, 63.5f), (1, -64), (31, -0.5f));
    }

    [Fact]
    public void Q4_0_has_values_0_to_15_in_low_nibbles_and_codes_offset_by_8()
    {
        var values = Decode("Q4_0", Block(18, (1, 0x40), (2, 0xF1), (17, 0x80)));
        Expect(values, rest: -16, (0, -14), (16, 14), (31, 0));
    }

    [Fact]
    public void Q4_1_adds_its_least_value()
    {
        var values = Decode("Q4_1", Block(20, (1, 0x40), (3, 0xC4), (4, 0xF1), (19, 0x80)));
        Expect(values, rest: -4, (0, -2), (16, 26), (31, 12));
    }

    [Fact]
    public void Q5_0_has_the_fifth_bit_of_value_i_in_bit_i()
    {
        var values = Decode("Q5_0", Block(22, (1, 0x3C), (2, 0x01), (5, 0x80), (6, 0x23), (21, 0x40)));
        Expect(values, rest: -16, (0, 3), (16, -14), (31, 4));
    }

    [Fact]
    public void Q5_1_adds_its_least_value()
    {
        var values = Decode("Q5_1", Block(24, (1, 0x3C), (3, 0xC4), (4, 0x01), (7, 0x80), (8, 0x23), (23, 0x40)));
        Expect(values, rest: -4, (0, 15), (16, -2), (31, 16));
    }

    [Fact]
    public void Q2_K_has_scales_and_depths_then_planes_of_bits_then_its_halves()
    {
        // Runs 0, 8 and 15 have scale 3 and depth 2, 5 and 1, 15 and 4; d is 1, m is 0.5.
        var block = Block(84, (0, 0x23), (8, 0x15), (15, 0x4F), (16, 0b11_00_00_01), (48, 0b10), (79, 0xC0));
        (block[81], block[83]) = (0x3C, 0x38);
        var values = Decode("Q2_K", block);
        Assert.Equal((2f, -1f), (values[0], values[1]));
        // The top pair of byte 16 belongs to value 96, whose run, 6, has scale and depth 0.
        Assert.Equal(0, values[96]);
        Assert.Equal((9.5f, -0.5f), (values[128], values[129]));
        Assert.Equal((43f, -2f), (values[255], values[240]));
    }

    [Fact]
    public void Q3_K_has_third_bits_first_and_scales_offset_by_32()
    {
        var block = Block(110, (0, 0x01), (31, 0x80), (32, 0b10), (95, 0b01_000000));
        // Run 0: low nibble of byte 96 and bits 0–1 of byte 104; run 15: high nibble of byte 103 and bits 6–7 of byte 107.
        (block[96], block[104]) = (0x05, 0b10);
        (block[103], block[107]) = (0x70, 0b11_000000);
        block[109] = 0x3C;
        var values = Decode("Q3_K", block);
        Assert.Equal((10f, -20f), (values[0], values[1]));
        Assert.Equal((23f, -92f), (values[255], values[254]));
        Assert.Equal(128, values[16]);
    }

    [Fact]
    public void Q4_K_has_six_bit_scales_whose_second_half_is_split()
    {
        var block = Block(144, (1, 0x3C), (3, 0x38), (16, 0x5F), (143, 0x9A));
        // Run 0: 33 and 6. Run 7: scale 0b10_1100 and depth 0b01_0011, upper bits above those of runs 3.
        (block[4], block[8]) = (33, 6);
        (block[7], block[11], block[15]) = (0b10_000000, 0b01_000000, 0x3C);
        var values = Decode("Q4_K", block);
        Assert.Equal((15 * 33 - 3f, -3f), (values[0], values[1]));
        Assert.Equal(0, values[32]);
        Assert.Equal((9 * 44 - 9.5f, -9.5f), (values[255], values[254]));
    }

    [Fact]
    public void Q5_K_has_the_fifth_bits_of_run_k_in_bit_k()
    {
        var block = Block(176, (1, 0x3C), (3, 0x38), (16, 0x01), (47, 0x80), (48, 0x5F), (175, 0x9A));
        (block[4], block[8]) = (33, 6);
        (block[7], block[11], block[15]) = (0b10_000000, 0b01_000000, 0x3C);
        var values = Decode("Q5_K", block);
        Assert.Equal((31 * 33 - 3f, -3f), (values[0], values[1]));
        Assert.Equal((25 * 44 - 9.5f, -9.5f), (values[255], values[254]));
    }

    [Fact]
    public void Q6_K_has_low_nibbles_then_upper_pairs_then_signed_scales()
    {
        var block = Block(210, (0, 0x5F), (127, 0x21), (128, 0b00_01_00_10), (191, 0b11_00_00_00), (209, 0x38));
        (block[192], block[196], block[207]) = (2, 0xFF, 0x80);
        var values = Decode("Q6_K", block);
        Assert.Equal((47 - 32f, -32f), (values[0], values[1]));
        // Byte 0's high nibble and bits 4–5 of byte 128 make value 64, in run 4, whose scale is −1.
        Assert.Equal(-0.5f * (5 + 16 - 32), values[64]);
        Assert.Equal((-64f * (2 + 48 - 32), -64f * -32), (values[255], values[254]));
    }

    [Fact]
    public void IQ4_NL_chooses_among_uneven_levels()
    {
        var block = Block(18, (1, 0x38));
        for (var i = 0; i < 16; i++)
        {
            block[2 + i] = (byte)(i | ((15 - i) << 4));
        }
        var values = Decode("IQ4_NL", block);
        float[] levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
        Assert.Equal(levels.Select(level => level / 2), values[..16]);
        Assert.Equal(levels.Reverse().Select(level => level / 2), values[16..]);
    }

    [Fact]
    public void IQ4_XS_has_a_six_bit_scale_for_each_run_of_32()
    {
        // Run 0: 0b01_0010; run 7: 0b11_0101. The others: 0, that is −32.
        var block = Block(136, (1, 0x3C), (2, 0b01), (3, 0b11_000000), (4, 0x02), (7, 0x50));
        (block[8], block[135]) = (0xF8, 0x90);
        var values = Decode("IQ4_XS", block);
        Assert.Equal((-14f, -14f * 113, -14f * -127), (values[0], values[16], values[1]));
        Assert.Equal((21f * 13, 21f * -127), (values[255], values[254]));
        Assert.Equal(-32f * -127, values[32]);
    }

    private static float[] Decode(string name, byte[] bytes)
    {
        var format = FormatTable.ByName(name)!;
        var values = new float[bytes.Length / format.BlockBytes * format.BlockLength];
        format.Decode(bytes, values);
        return values;
    }

    private static byte[] Block(int length, params (int At, byte Value)[] bytes)
    {
        var block = new byte[length];
        foreach (var (at, value) in bytes)
        {
            block[at] = value;
        }
        return block;
    }

    private static void Expect(float[] values, float rest, params (int At, float Value)[] expected)
    {
        var all = Enumerable.Repeat(rest, values.Length).ToArray();
        foreach (var (at, value) in expected)
        {
            all[at] = value;
        }
        Assert.Equal(all, values);
    }
}
