using Tandem.Plans;
using Tandem.Tests.Loading;
using Tandem.Tests.Models;

namespace Tandem.Tests.Serving;

/// <summary>A model that is split computes what the whole one does.</summary>
public sealed class PlanEquivalenceTest : IDisposable
{
    private const int Seed = 20_265;
    private const int Tokens = 48;

    private static readonly string[] s_formats = ["F32", "Q8_0", "Q4_0", "Q4_K"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>
    /// Architecture and format. Every architecture comes in F32 and one other format, every format with several of them; all
    /// of them with <c>./test --all</c>.
    /// </summary>
    public static TheoryData<string, string> Models
    {
        get
        {
            var models = new TheoryData<string, string>();
            var others = 0;
            foreach (var architecture in TinyModel.Architectures)
            {
                models.Add(architecture, "F32");
                foreach (var format in TestRun.All ? s_formats[1..] : [s_formats[1 + others++ % 3]])
                {
                    models.Add(architecture, format);
                }
            }
            return models;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_split_model_gives_the_logits_of_the_whole(string architecture, string format)
    {
        // Where one rounding of an activation flips, the next ones follow: nearness to exact arithmetic is what counts. A flip that
        // chooses another expert has a large say in one model's logits, for better or worse, so there are several.
        var seeds = Enumerable.Range(Seed, format != "F32" && architecture is "mixtral" or "qwen3moe" ? 4 : 1).ToList();
        var squares = new double[4]; // of the distances from exact arithmetic, by ranks
        foreach (var seed in seeds)
        {
            var path = TinyModel.Write(_folder.Path, architecture, format, seed, TinyShape.Cuttable);
            var random = new Random(seed);
            int[] tokens = [.. Enumerable.Range(0, Tokens).Select(_ => random.Next(TinyModel.Vocabulary))];
            var exact = Logits(path, tokens, new PlanRequest(), exactActivations: true);
            foreach (var ranks in new[] { 1, 2, 3 })
            {
                var error = Error(exact, CheckRanks(path, tokens, ranks, exact));
                squares[ranks] += error * error;
            }
            File.Delete(path);
        }
        foreach (var ranks in new[] { 2, 3 })
        {
            var (error, bound) = (Math.Sqrt(squares[ranks]), format == "F32" ? 1e-5 : 1.1 * Math.Sqrt(squares[1]));
            Assert.True(error <= bound, $"{architecture} in {format}, tp={ranks}: error {error:g3}, bound {bound:g3}");
        }
    }

    [Theory]
    [InlineData("llama", "tp=3,share=2/1/1")]
    [InlineData("llama", "tp=5")]
    [InlineData("olmo2", "tp=5")]
    [InlineData("phi3", "pp=3,layers=1/4/1,tp=2,share=1/3")]
    [InlineData("gemma3", "tp=4,threads=2")]
    [InlineData("mixtral", "tp=2,ep=1")]
    [InlineData("qwen3moe", "pp=2,tp=3,ep=1,share=1/2/1")]
    public void Uneven_shares_and_shared_groups_of_heads_change_nothing_either(string architecture, string plan)
    {
        foreach (var format in new[] { "F32", "Q4_K", "Q6_K" })
        {
            var path = TinyModel.Write(_folder.Path, architecture, format, Seed, TinyShape.Cuttable);
            var random = new Random(Seed);
            int[] tokens = [.. Enumerable.Range(0, Tokens).Select(_ => random.Next(TinyModel.Vocabulary))];
            var exact = Logits(path, tokens, new PlanRequest(), exactActivations: true);
            var split = Logits(path, tokens, PlanRequest.Parse(plan), exactActivations: true);
            AssertNear(exact, split, 1e-5, $"{architecture} in {format}, {plan}, seed {Seed}");
        }
    }

    [Fact]
    public void What_the_plan_says_of_memory_is_what_the_workers_take()
    {
        foreach (var format in s_formats)
        {
            var path = TinyModel.Write(_folder.Path, "llama", format, Seed, TinyShape.Cuttable);
            foreach (var plan in new[] { "pp=1", "tp=3", "pp=2,tp=2", "dp=2,tp=2" })
            {
                using var model = new TestModel(path, plan: PlanRequest.Parse(plan));
                var planned = model.Plan.Workers.Sum(worker => worker.OwnBytes);
                Assert.Equal(planned, model.AllocatedBytes, 0.01 * planned);
            }
        }
    }

    [Fact]
    public void Copies_take_no_memory_for_weights()
    {
        var path = TinyModel.Write(_folder.Path, "llama", "F32", Seed, TinyShape.Cuttable);
        using var one = new TestModel(path, plan: PlanRequest.Parse("dp=1"));
        using var two = new TestModel(path, plan: PlanRequest.Parse("dp=2"));
        var worker = one.Plan.Workers.Single();
        Assert.Equal(worker.BufferBytes + worker.CacheBytes, two.AllocatedBytes - one.AllocatedBytes, 1e6);
    }

    public void Dispose() => _folder.Dispose();

    // The logits of so many ranks, and of these in stages.
    private static float[] CheckRanks(string path, int[] tokens, int ranks, float[] exact)
    {
        var cut = new PlanRequest { TensorParallel = ranks };
        var what = $"{Path.GetFileNameWithoutExtension(path)}, tp={ranks}";
        AssertNear(exact, Logits(path, tokens, cut, exactActivations: true), ranks == 1 ? 0 : 1e-5, what);
        var expected = Logits(path, tokens, cut, exactActivations: false);
        foreach (var stages in TestRun.All || ranks == 2 ? new[] { 2, 3 } : [3])
        {
            var plan = cut with { PipelineParallel = stages };
            Assert.True(
                expected.AsSpan().SequenceEqual(Logits(path, tokens, plan, exactActivations: false)),
                $"{what}, pp={stages}: stages alone change nothing"
            );
        }
        foreach (var stages in TestRun.All ? new[] { 1, 2, 3 } : [1])
        {
            var copies = cut with { DataParallel = 2, PipelineParallel = stages };
            Assert.True(
                expected.AsSpan().SequenceEqual(Logits(path, tokens, copies, exactActivations: false, replica: 1)),
                $"{what}, dp=2, pp={stages}: the second copy is the first"
            );
        }
        return expected;
    }

    private static float[] Logits(string path, int[] tokens, PlanRequest plan, bool exactActivations, int replica = 0)
    {
        using var model = new TestModel(path, exactActivations, plan: plan, replica: replica);
        return model.Logits(tokens, 20);
    }

    private static void AssertNear(float[] expected, float[] actual, double bound, string what)
    {
        var error = Error(expected, actual);
        Assert.True(error <= bound, $"{what}: error {error:g3}, bound {bound:g3}");
    }

    private static double Error(float[] expected, float[] actual)
    {
        var difference = expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        return Math.Sqrt(difference / expected.Sum(value => (double)value * value));
    }
}
