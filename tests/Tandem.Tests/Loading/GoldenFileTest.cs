using Tandem.Loading;
using Tandem.Plans;

namespace Tandem.Tests.Loading;

/// <summary>Real files: llama.gguf in F32, and the same model as another program quantised it.</summary>
public class GoldenFileTest
{
    // Relative error of a matrix in each mix of formats, by the coarsest format in it.
    public static TheoryData<string, double> Mixes =>
        new()
        {
            { "F16", 0.0003 },
            { "BF16", 0.003 },
            { "Q8_0", 0.007 },
            { "Q6_K", 0.02 },
            { "Q5_K_M", 0.04 },
            { "Q5_1", 0.045 },
            { "Q5_0", 0.055 },
            { "IQ4_NL", 0.085 },
            { "IQ4_XS", 0.085 },
            { "Q4_K_M", 0.08 },
            { "Q4_1", 0.095 },
            { "Q4_0", 0.11 },
            { "Q3_K_M", 0.18 },
            { "Q2_K", 0.32 },
        };

    [Theory]
    [MemberData(nameof(Mixes))]
    public void A_quantised_model_is_decoded_near_to_the_original(string mix, double errorMax)
    {
        using var quantised = WeightFile.Open(SharedData.Require($"golden/formats/{mix}.gguf"));
        using var original = WeightFile.Open(SharedData.Require("golden/llama.gguf"));
        Assert.Equal(original.Header.Tensors.Keys.Order(), quantised.Header.Tensors.Keys.Order());
        foreach (var tensor in quantised.Header.Tensors.Values)
        {
            var expected = Decode(original, original.Header.Tensor(tensor.Name));
            var missed = expected.Zip(Decode(quantised, tensor), (a, b) => ((double)a - b) * ((double)a - b)).Sum();
            var error = Math.Sqrt(missed / expected.Sum(value => (double)value * value));
            Assert.True(error <= errorMax, $"{tensor.Name} in {tensor.Format}: {error}");
        }
    }

    [Fact]
    public void Encoding_is_about_as_good_as_the_other_programs()
    {
        using var original = WeightFile.Open(SharedData.Require("golden/llama.gguf"));
        foreach (var mix in Mixes.Select(row => row.Data.Item1))
        {
            using var quantised = WeightFile.Open(SharedData.Require($"golden/formats/{mix}.gguf"));
            foreach (var tensor in quantised.Header.Tensors.Values)
            {
                if (tensor.Format.BlockLength == 1 || !tensor.Name.StartsWith("blk.0.", StringComparison.Ordinal))
                {
                    continue;
                }
                var expected = Decode(original, original.Header.Tensor(tensor.Name));
                var bytes = new byte[tensor.Bytes];
                tensor.Format.Encode(expected, bytes);
                var ours = new float[expected.Length];
                tensor.Format.Decode(bytes, ours);
                var ratio = Error(expected, ours) / Error(expected, Decode(quantised, tensor));
                Assert.True(ratio < 1.1, $"{tensor.Name} in {tensor.Format}: {ratio} times its error");
            }
        }
    }

    [Fact]
    public void Every_file_of_the_shared_data_opens()
    {
        var files = Directory.GetFiles(SharedData.Require("."), "*.gguf", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var weights = WeightFile.Open(file);
            Assert.NotEqual("", weights.Header.Architecture);
        }
    }

    private static double Error(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum());

    private static float[] Decode(WeightFile file, TensorInfo tensor)
    {
        var values = new float[tensor.Columns * tensor.Rows];
        tensor.Format.Decode(file.Data(tensor), values);
        return values;
    }
}
