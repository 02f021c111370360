using Tandem.Parallel;

namespace Tandem.Tests.Parallel;

public class ReductionTest
{
    [Fact]
    public void Parts_are_put_behind_each_other_in_order() =>
        Assert.Equal(
            [3, 1, 2],
            Reduction.InOrder<int>([
                [3],
                [],
                [1, 2],
            ])
        );

    [Fact]
    public void Sums_are_added_in_the_order_of_the_parts()
    {
        float[] large = [1e8f];
        float[] small = [1f];

        // (1e8 + 1) + -1e8 loses the one, and any other order keeps it or is another sum.
        Assert.Equal([0f], Reduction.Sum<float>([large, small, [-1e8f]]));
        Assert.Equal([1f], Reduction.Sum<float>([large, [-1e8f], small]));
        Assert.Equal([1e8f], large);
    }

    [Fact]
    public void Sums_of_different_lengths_or_of_nothing_are_refused()
    {
        Assert.Throws<ArgumentException>(() =>
            Reduction.Sum<int>([
                [1, 2],
                [3],
            ])
        );
        Assert.Throws<ArgumentException>(() => Reduction.Sum<int>([]));
    }

    [Fact]
    public void A_mean_counts_items_not_parts()
    {
        Assert.Equal([2.5, 1], Reduction.Mean<double>([([9, 3], 3), ([1, 1], 1)]));
        Assert.Throws<ArgumentException>(() => Reduction.Mean<double>([([0], 0)]));
    }

    [Fact]
    public void The_greatest_of_equal_values_is_the_one_with_the_lowest_index() =>
        Assert.Equal(new Indexed<float>(4, 9), Reduction.Max<float>([new(1, 8), new(7, 9), new(4, 9)]));

    [Fact]
    public void The_most_votes_win_and_the_earliest_part_decides_a_tie()
    {
        Assert.Equal(("b", 2), Reduction.Vote(["a", "b", "b"]));
        Assert.Equal((5, 2), Reduction.Vote([5, 1, 1, 5, 3]));
    }

    [Fact]
    public void The_greatest_of_all_parts_are_merged_greatest_first()
    {
        var random = new Random(TestRun.Seed);
        var values = Enumerable.Range(0, 200).Select(index => new Indexed<int>(index, random.Next(50))).ToArray();
        var expected = values.OrderByDescending(value => value.Value).ThenBy(value => value.Index).Take(10).ToArray();
        foreach (var parts in (int[])[1, 3, 10])
        {
            var best = DataParallel
                .Cut(values.Length, parts)
                .Select(part => Reduction.TopK([values[part]], 10))
                .ToList();

            Assert.Equal(expected, Reduction.TopK(best, 10));
        }
        Assert.Equal(values.Length, Reduction.TopK([values], 1000).Length);
        Assert.Empty(Reduction.TopK([values], 0));
    }

    [Fact]
    public void Histograms_are_added_key_by_key_in_the_order_of_the_keys()
    {
        var counts = Reduction.Histogram<(int, int)>([
            new Dictionary<(int, int), long> { [(2, 1)] = 5, [(0, 3)] = 1 },
            new Dictionary<(int, int), long> { [(0, 3)] = 2, [(0, 1)] = 4 },
        ]);

        Assert.Equal([((0, 1), 4), ((0, 3), 3), ((2, 1), 5)], counts.Select(pair => (pair.Key, pair.Value)));
    }
}
