using Tandem.Text;

namespace Tandem.Tests.Text;

public class MergerTest
{
    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("abacabadabacabae")]
    public void The_work_of_a_long_word_is_linear_in_its_length_but_for_the_queue(string unit)
    {
        var text = new byte[1 << 18];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (byte)unit[i % unit.Length];
        }
        var rule = new CountingRule();
        new Merger().Run(rule, text);
        Assert.InRange(rule.Calls, text.Length, 8 * text.Length);
    }

    [Fact]
    public void One_instance_serves_words_of_any_length_in_turn()
    {
        var merger = new Merger();
        var lengths = new[] { 5, 1, 300, 2, 0, 64 };
        Assert.Equal([1, 1, 1, 1, 0, 1], lengths.Select(length => Symbols(merger, new byte[length])));
    }

    private static int Symbols(Merger merger, byte[] text)
    {
        merger.Run(new CountingRule(), text);
        var count = 0;
        for (var start = 0; start < text.Length; start = merger.Next(start))
        {
            count++;
        }
        return count;
    }

    /// <summary>Everything joins, shorter pairs first: the most merges that a text can have.</summary>
    private sealed class CountingRule : IMergeRule
    {
        public int Calls { get; private set; }

        public int First(ReadOnlySpan<byte> text, out int id)
        {
            id = 0;
            return 1;
        }

        public bool TryJoin(ReadOnlySpan<byte> both, int left, int right, out uint priority, out int joined)
        {
            Calls++;
            priority = (uint)both.Length;
            joined = 0;
            return true;
        }
    }
}
