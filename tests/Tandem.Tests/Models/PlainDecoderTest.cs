using Tandem.Formats;
using Tandem.Loading;

namespace Tandem.Tests.Models;

/// <summary>The engine against plain arithmetic in double precision, on tiny models that the test makes.</summary>
public sealed class PlainDecoderTest : IDisposable
{
    private const int Seed = 11;

    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-test-").FullName;

    public static TheoryData<string> Architectures => [.. TinyModel.Architectures];

    public static TheoryData<string> Formats => [.. FormatTable.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void An_architecture_computes_what_plain_arithmetic_does(string architecture) =>
        Compare(architecture, "F32", exactActivations: false, bound: 1e-5);

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_format_with_unquantised_activations_computes_what_plain_arithmetic_does(string format) =>
        Compare("llama", format, exactActivations: true, bound: 1e-5);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Quantised_activations_stay_near_plain_arithmetic(string format) =>
        Compare("llama", format, exactActivations: false, bound: 0.03);

    [Theory]
    [MemberData(nameof(Architectures))]
    public void An_architecture_runs_in_a_quantised_format_too(string architecture) =>
        Compare(architecture, "Q4_K", exactActivations: true, bound: 1e-5);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Compare(string architecture, string format, bool exactActivations, double bound)
    {
        var path = TinyModel.Write(_folder, architecture, format, Seed);
        var random = new Random(Seed);
        var tokens = Enumerable.Range(0, 32).Select(_ => random.Next(TinyModel.Vocabulary)).ToArray();
        using var file = WeightFile.Open(path);
        var expected = new PlainDecoder(file).Logits(tokens).SelectMany(row => row).ToArray();
        using var model = new TestModel(path, exactActivations);
        var ours = model.Logits(tokens, 17);
        var difference = ours.Zip(expected, (a, b) => (a - b) * (a - b)).Sum();
        var error = Math.Sqrt(difference / expected.Sum(value => value * value));
        Assert.True(error <= bound, $"{architecture} in {format}: {error:g3}, seed {Seed}");
    }
}
