using System.Diagnostics;
using Tandem.Formats;
using Tandem.Kernels;
using Tandem.Kernels.Generated;

namespace Tandem.Tests.Kernels;

/// <summary>
/// Generated kernels touch nothing outside their buffers. A fault in generated code ends the process, so the work is done
/// by a child: this program again, asked for the explicit tests below alone.
/// </summary>
public sealed class KernelBoundsTest
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Nothing_outside_the_buffers_is_read_or_written()
    {
        RequireLinuxWithGeneratedKernels();
        var (exit, output) = await RunChildAsync(nameof(Child_multiplies_between_forbidden_pages));
        Assert.True(exit == 0 && output.Contains("Total: 1,"), $"exit code {exit}: {output}");
    }

    [Fact]
    public async Task A_child_that_reads_beyond_a_buffer_does_not_survive()
    {
        RequireLinuxWithGeneratedKernels();
        var (exit, output) = await RunChildAsync(nameof(Child_multiplies_one_group_too_many));
        Assert.True(exit != 0 && output.Contains("Starting") && !output.Contains("Finished"), output);
    }

    [Fact(Explicit = true)]
    public void Child_multiplies_between_forbidden_pages()
    {
        var random = new Random(5);
        foreach (var set in TestSets.Runnable.Select(TestSets.ByName))
        {
            foreach (var format in FormatTable.All)
            {
                CheckKernel(TestSets.Kernel(set, format, cutsBlocks: false), random);
                if (format.Packing is not null)
                {
                    CheckKernel(TestSets.Kernel(set, format, cutsBlocks: true), random);
                }
            }
            foreach (var type in Enum.GetValues<CacheType>())
            {
                CheckAttention(set, type, random);
            }
        }
        if (CpuFeatures.HasAvx512BFloat16)
        {
            CheckKernel(GeneratedBFloat16Kernel.TryCreate(FormatTable.ByName("BF16")!)!, random);
        }
    }

    [Fact(Explicit = true)]
    public void Child_multiplies_one_group_too_many()
    {
        var kernel = TestSets.Kernel(TestSets.ByName(TestSets.Runnable.First()), FormatTable.All[3], false);
        MultiplyGuarded(kernel, groups: 1, multiplied: 2, tokens: 1, atEnd: true, new Random(5));
    }

    private static void CheckKernel(MatrixKernel kernel, Random random)
    {
        foreach (var groups in new[] { 1, 2, 3 })
        {
            for (var tokens = 1; tokens <= 14; tokens++)
            {
                MultiplyGuarded(kernel, groups, groups, tokens, atEnd: true, random);
                MultiplyGuarded(kernel, groups, groups, tokens, atEnd: false, random);
            }
        }
    }

    private static void CheckAttention(InstructionSet set, CacheType type, Random random)
    {
        foreach (var headSize in new[] { 1, 20, 64, 96 })
        {
            var page = new KvPage(type, headSize);
            var kernel = GeneratedAttention.TryCreate(set, page)!;
            for (var queries = 1; queries <= kernel.QueriesMax; queries++)
            {
                foreach (var atEnd in new[] { false, true })
                {
                    using var data = new RandomPage(page, queries, atEnd, random);
                    foreach (var (first, end) in new[] { (0, 1), (0, KvPage.Length), (63, 64), (17, 40) })
                    {
                        _ = data.Score(kernel, queries, first, end);
                        _ = data.Sum(kernel, queries, first, end);
                    }
                }
            }
        }
    }

    private static unsafe void MultiplyGuarded(
        MatrixKernel kernel,
        int groups,
        int multiplied,
        int tokens,
        bool atEnd,
        Random random
    )
    {
        const int Columns = 256;
        var bytes = kernel.GroupBytes(Columns) * groups;
        using var weights = new GuardedMemory(bytes, atEnd);
        using var values = new GuardedMemory(tokens * Columns * sizeof(float), atEnd);
        using var numbers = new GuardedMemory(tokens * Columns, atEnd);
        using var scales = new GuardedMemory(tokens * Columns / 32 * sizeof(float), atEnd);
        using var sums = new GuardedMemory(tokens * Columns / 16 * sizeof(int), atEnd);
        using var bfloats = new GuardedMemory(tokens * Columns * sizeof(ushort), atEnd);
        using var output = new GuardedMemory(tokens * groups * 16 * sizeof(float), atEnd);
        RandomWeights.Fill(kernel, weights.Data, bytes, random);
        var x = new ActivationView
        {
            Stride = Columns,
            Values = (float*)values.Data,
            Numbers = (sbyte*)numbers.Data,
            Scales = (float*)scales.Data,
            Sums = (int*)sums.Data,
            BFloats = (ushort*)bfloats.Data,
        };
        kernel.Multiply(weights.Data, multiplied, Columns, x, tokens, (float*)output.Data, groups * 16);
    }

    private static void RequireLinuxWithGeneratedKernels()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pages are forbidden by Linux's calls here");
        Assert.SkipUnless(TestSets.Runnable.Any(), "no kernels are generated for this machine");
    }

    private static async Task<(int Exit, string Output)> RunChildAsync(string method)
    {
        var program = typeof(KernelBoundsTest).Assembly.Location;
        var name = $"{typeof(KernelBoundsTest).FullName}.{method}";
        var start = new ProcessStartInfo("dotnet", ["exec", program, "-explicit", "only", "-method", name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The one that must fail need leave no dump.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var child = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(_patience);
        var error = child.StandardError.ReadToEndAsync(patience.Token);
        var output = await child.StandardOutput.ReadToEndAsync(patience.Token);
        await child.WaitForExitAsync(patience.Token);
        return (child.ExitCode, output + await error);
    }
}
