using Tandem.Devices;
using Tandem.Kernels;
using Tandem.Loading;
using Tandem.Memory;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Tests.Loading;

namespace Tandem.Tests.Models;

/// <summary>A cache of any number format: who shares a step or a plan changes nothing, and numbers stay near what was stored.</summary>
public sealed class CacheTypeTest : IDisposable
{
    private const int Seed = 20_267;
    private const int Tokens = 140;

    private readonly TemporaryFolder _folder = new();

    /// <summary>The formats, and how far from a cache of floats logits may be.</summary>
    public static TheoryData<CacheType, double> Types =>
        new()
        {
            { CacheType.F32, 0 },
            { CacheType.F16, 1e-3 },
            { CacheType.BF16, 1e-2 },
            { CacheType.Q8_0, 1e-2 },
        };

    [Theory]
    [MemberData(nameof(Types))]
    public void Chunks_and_pipelines_give_the_same_bits_and_ranks_the_same_logits(CacheType type, double bound)
    {
        foreach (var architecture in new[] { "llama", "gemma3" })
        {
            var path = TinyModel.Write(_folder.Path, architecture, "F32", Seed, TinyShape.Cuttable);
            var random = new Random(Seed);
            int[] tokens = [.. Enumerable.Range(0, Tokens).Select(_ => random.Next(TinyModel.Vocabulary))];
            var exact = Logits(path, tokens, CacheType.F32, "pp=1", 64);
            var whole = Logits(path, tokens, type, "pp=1", 64);
            foreach (var chunk in new[] { 1, 7, 30 })
            {
                Assert.True(
                    whole.AsSpan().SequenceEqual(Logits(path, tokens, type, "pp=1", chunk)),
                    $"chunks of {chunk}"
                );
            }
            Assert.True(whole.AsSpan().SequenceEqual(Logits(path, tokens, type, "pp=2", 30)), "pipeline");
            AssertNear(exact, whole, bound, $"{architecture}, whole, {type}");
            AssertNear(
                whole,
                Logits(path, tokens, type, "tp=2", 30),
                Math.Max(bound, 1e-5),
                $"{architecture}, tp=2, {type}"
            );
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void What_plan_and_header_say_of_memory_is_what_the_cache_takes(CacheType type, double _)
    {
        var path = TinyModel.Write(_folder.Path, "llama", "Q4_0", Seed, TinyShape.Cuttable);
        using var model = new TestModel(path, cache: type);
        var worker = model.Plan.Workers.Single();
        Assert.Equal(worker.OwnBytes, model.AllocatedBytes, 0.01 * worker.OwnBytes);
        using var file = WeightFile.Open(path);
        var needs = MemoryNeeds.Of(file.Header, KvLayer.PageLength, type);
        Assert.Equal(worker.PageBytes, needs.CacheBytes);
    }

    [Fact]
    public void A_byte_with_its_scale_is_within_half_a_step_of_the_number_and_zeros_stay_zeros()
    {
        var random = new Random(Seed);
        foreach (var headSize in new[] { 1, 20, 64, 96 })
        {
            foreach (var size in new[] { 0f, 1e-7f, 1e-4f, 1, 3e4f })
            {
                var numbers = new float[headSize];
                for (var i = 0; i < headSize; i++)
                {
                    numbers[i] = size * (2 * random.NextSingle() - 1);
                }
                CheckStored(headSize, numbers);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static unsafe void CheckStored(int headSize, float[] numbers)
    {
        const int Position = 37;
        var page = new KvPage(CacheType.Q8_0, headSize);
        using var arena = new Arena("test", long.MaxValue);
        var keys = arena.AllocateZeroed<byte>(page.KeyBytes);
        var values = arena.AllocateZeroed<byte>(page.ValueBytes);
        fixed (float* stored = numbers)
        {
            page.Store(keys, values, Position, stored, stored);
        }
        for (var d = 0; d < headSize; d++)
        {
            var block = numbers.Skip(d / 32 * 32).Take(32).Max(Math.Abs);
            // Beside half a step: a scale that half precision holds as a subnormal number is off by up to 3e-8.
            var bound = block / 127 * 0.501 + 127 * 3e-8;
            var key = page.LoadKeys(keys, d, Position / 16 * 16)[Position % 16];
            var value = page.LoadValues(values, Position, d / 16 * 16)[d % 16];
            Assert.Equal(numbers[d], key, bound);
            Assert.Equal(key, value);
        }
    }

    private static float[] Logits(string path, int[] tokens, CacheType type, string plan, int chunk)
    {
        using var model = new TestModel(path, exactActivations: true, cache: type, plan: PlanRequest.Parse(plan));
        return model.Logits(tokens, chunk);
    }

    private static void AssertNear(float[] expected, float[] actual, double bound, string what)
    {
        var difference = expected.Zip(actual, (a, b) => ((double)a - b) * (a - b)).Sum();
        var error = Math.Sqrt(difference / expected.Sum(a => (double)a * a));
        Assert.True(error <= bound, $"{what}: error {error:g3}, bound {bound:g3}, seed {Seed}");
    }
}
