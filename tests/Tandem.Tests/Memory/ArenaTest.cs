using Tandem.Memory;

namespace Tandem.Tests.Memory;

public sealed unsafe class ArenaTest
{
    private const int Seed = 11;

    [Fact]
    public void Blocks_of_any_size_are_aligned_and_apart()
    {
        var random = new Random(Seed);
        using var arena = new Arena("a test", 1L << 32);
        var blocks = new List<(nint Start, int Bytes, byte Mark)>();
        for (var i = 0; i < 200; i++)
        {
            var bytes = random.Next(8) == 0 ? random.Next(40 << 20) : random.Next(1 << 16);
            var block = (byte*)arena.Allocate(bytes);
            Assert.Equal(0, (nint)block % 64);
            Mark(block, bytes, (byte)i);
            blocks.Add(((nint)block, bytes, (byte)i));
        }
        foreach (var (start, bytes, mark) in blocks)
        {
            if (bytes > 0)
            {
                Assert.Equal(mark, ((byte*)start)[0]);
                Assert.Equal(mark, ((byte*)start)[bytes - 1]);
            }
        }
        var sorted = blocks.OrderBy(block => block.Start).ToArray();
        for (var i = 1; i < sorted.Length; i++)
        {
            Assert.True(
                sorted[i - 1].Start + sorted[i - 1].Bytes <= sorted[i].Start,
                $"seed {Seed}: two blocks overlap"
            );
        }
        Assert.Equal(blocks.Sum(block => (long)block.Bytes), arena.AllocatedBytes);
    }

    [Fact]
    public void The_budget_is_what_was_asked_for_not_what_the_system_gave()
    {
        using var arena = new Arena("a test", 100);
        _ = arena.Allocate(60);
        var error = Assert.Throws<InputException>(() => (nint)arena.Allocate(41));
        Assert.Contains("101", error.Message);
        Assert.Contains("100", error.Message);
        _ = arena.Allocate(40);
    }

    [Fact]
    public void Zeroed_memory_is_zeroed_after_others_used_their_part()
    {
        using var arena = new Arena("a test", 1 << 20);
        Mark((byte*)arena.Allocate(1000), 1000, 7);
        var zeroed = new Span<int>(arena.AllocateZeroed<int>(1000), 1000);
        Assert.False(zeroed.ContainsAnyExcept(0));
    }

    // The ends are enough to see an overlap, and leave most of a large block untouched.
    private static void Mark(byte* block, int bytes, byte mark)
    {
        if (bytes > 0)
        {
            block[0] = mark;
            block[bytes - 1] = mark;
        }
    }
}
