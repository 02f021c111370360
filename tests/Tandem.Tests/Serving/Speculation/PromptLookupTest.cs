using Tandem.Serving.Speculation;

namespace Tandem.Tests.Serving.Speculation;

public class PromptLookupTest
{
    [Fact]
    public void A_text_goes_on_as_it_did_where_its_end_occurred_before()
    {
        Assert.Equal([5, 6, 7], Guesses([1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4], 3));
        Assert.Equal([6, 9], Guesses([1, 2, 3, 6, 9, 2, 3], 2));
        Assert.Equal([6, 9], Guesses([1, 2, 3, 6, 9, 4, 3], 2));
        Assert.Empty(Guesses([1, 2, 3, 6, 9, 4], 2));
        Assert.Empty(Guesses([1], 2));
    }

    [Fact]
    public void The_longest_end_counts_and_the_latest_of_equal_ones()
    {
        Assert.Equal([7], Guesses([9, 1, 2, 3, 7, 0, 1, 2, 3, 8, 9, 1, 2, 3], 1));
        Assert.Equal([8], Guesses([1, 2, 3, 7, 0, 1, 2, 3, 8, 5, 1, 2, 3], 1));
    }

    [Fact]
    public void What_repeats_itself_goes_on_repeating_itself()
    {
        Assert.Equal([5, 6, 7, 5, 6], Guesses([5, 6, 7, 5, 6, 7], 5));
        Assert.Equal([4, 4, 4, 4], Guesses([4, 4, 4], 4));
    }

    [Fact]
    public void Behind_a_token_that_was_exchanged_it_reads_on()
    {
        var lookup = new PromptLookup();
        lookup.Clear(0);
        List<int> text = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3];
        Assert.Equal([4, 5], Guesses(lookup, text, 2));
        text.Add(99); // for the 4
        Assert.Equal([5, 6], Guesses(lookup, text, 2));
        text.AddRange([5, 98]); // for the 6
        Assert.Equal([7, 8], Guesses(lookup, text, 2));
    }

    [Fact]
    public void It_finds_what_a_plain_search_finds_whatever_came_before()
    {
        var lookup = new PromptLookup();
        var random = new Random(TestRun.Seed);
        for (var text = 0; text < 200; text++)
        {
            lookup.Clear(random.Next(2) * 100);
            var tokens = new List<int>();
            var vocabulary = random.Next(1, 12);
            while (tokens.Count < 300)
            {
                for (var i = random.Next(1, 6); i > 0; i--)
                {
                    tokens.Add(random.Next(vocabulary));
                }
                var expected = LongestMatch(tokens);
                var kind = lookup.Find(tokens.ToArray());
                Assert.True(
                    expected == 0 || kind >= Math.Min(expected, 2) - 1,
                    $"an end of {expected} tokens was found as kind {kind}, seed {TestRun.Seed}"
                );
            }
        }
    }

    [Fact]
    public void It_allocates_nothing_while_a_text_grows_within_its_room()
    {
        var lookup = new PromptLookup();
        lookup.Clear(3_000);
        var random = new Random(TestRun.Seed);
        int[] tokens = [.. Enumerable.Range(0, 3_000).Select(_ => random.Next(40))];
        var guesses = new int[15];
        lookup.Find(tokens.AsSpan(0, 10));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var length = 11; length < tokens.Length; length++)
        {
            var text = tokens.AsSpan(0, length);
            if (lookup.Find(text) >= 0)
            {
                lookup.Copy(text, guesses);
            }
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // The longest end of the text, up to 3 tokens, that occurs before as well.
    private static int LongestMatch(List<int> tokens)
    {
        for (var length = Math.Min(3, tokens.Count - 1); length > 0; length--)
        {
            for (var end = tokens.Count - 1; end >= length; end--)
            {
                if (tokens.Skip(end - length).Take(length).SequenceEqual(tokens.TakeLast(length)))
                {
                    return length;
                }
            }
        }
        return 0;
    }

    private static int[] Guesses(int[] text, int count)
    {
        var lookup = new PromptLookup();
        lookup.Clear(0);
        return Guesses(lookup, [.. text], count);
    }

    private static int[] Guesses(PromptLookup lookup, List<int> text, int count)
    {
        var guesses = new int[lookup.Find(text.ToArray()) < 0 ? 0 : count];
        if (guesses.Length > 0)
        {
            lookup.Copy(text.ToArray(), guesses);
        }
        return guesses;
    }
}
