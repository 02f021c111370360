using System.Numerics;
using System.Numerics.Tensors;

namespace Tandem.Parallel;

/// <summary>
/// The usual ways to make one result of the values of an input's parts. Each takes the values in the order of the parts and
/// combines them in that order, so equal parts give equal bits. Any other function of this form serves <see cref="DataParallel"/> too.
/// </summary>
public static class Reduction
{
    /// <summary>The parts' items behind each other.</summary>
    /// <param name="parts">Each part's items.</param>
    public static T[] InOrder<T>(IReadOnlyList<T[]> parts) => [.. parts.SelectMany(part => part)];

    /// <summary>The sum of vectors, added in the order of the parts.</summary>
    /// <param name="parts">Each part's vector, [n].</param>
    /// <returns>Their sum, [n].</returns>
    /// <exception cref="ArgumentException">There are no parts, or their vectors differ in length.</exception>
    public static T[] Sum<T>(IReadOnlyList<T[]> parts)
        where T : INumber<T>
    {
        ThrowIfNone(parts);
        var sum = parts[0].ToArray();
        foreach (var part in parts.Skip(1))
        {
            if (part.Length != sum.Length)
            {
                throw new ArgumentException(
                    $"a part has {part.Length} numbers, the first one {sum.Length}",
                    nameof(parts)
                );
            }
            TensorPrimitives.Add(sum, part, sum);
        }
        return sum;
    }

    /// <summary>The mean over the items of all parts, however many each part has.</summary>
    /// <param name="parts">Each part's sum over its items, [n], and how many items these are.</param>
    /// <returns>The mean, [n].</returns>
    /// <exception cref="ArgumentException">There are no items, or the sums differ in length.</exception>
    public static T[] Mean<T>(IReadOnlyList<(T[] Sum, long Count)> parts)
        where T : IFloatingPoint<T>
    {
        var count = parts.Sum(part => part.Count);
        if (count <= 0)
        {
            throw new ArgumentException("there are no items to take the mean of", nameof(parts));
        }
        var mean = Sum([.. parts.Select(part => part.Sum)]);
        TensorPrimitives.Divide(mean, T.CreateChecked(count), mean);
        return mean;
    }

    /// <summary>The greatest value and where it is; of equal ones, the one with the lowest index.</summary>
    /// <param name="parts">Each part's greatest value.</param>
    /// <exception cref="ArgumentException">There are no parts.</exception>
    public static Indexed<T> Max<T>(IReadOnlyList<Indexed<T>> parts)
        where T : IComparable<T>
    {
        ThrowIfNone(parts);
        return parts.Min(Descending<T>());
    }

    /// <summary>What most parts have chosen; of choices with equally many votes, the one that the earliest part has.</summary>
    /// <param name="parts">Each part's choice.</param>
    /// <returns>The choice, and how many parts made it.</returns>
    /// <exception cref="ArgumentException">There are no parts.</exception>
    public static (T Choice, int Votes) Vote<T>(IReadOnlyList<T> parts)
        where T : IEquatable<T>
    {
        ThrowIfNone(parts);
        // Groups come in the order of their first member, and MaxBy takes the first of equals.
        var winners = parts.GroupBy(choice => choice).MaxBy(group => group.Count())!;
        return (winners.Key, winners.Count());
    }

    /// <summary>The k greatest values of all parts, greatest first; of equal ones, those with the lowest indices.</summary>
    /// <param name="parts">Each part's k greatest values, or all where it has fewer, in any order.</param>
    /// <param name="k">How many to keep.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is negative.</exception>
    public static Indexed<T>[] TopK<T>(IReadOnlyList<Indexed<T>[]> parts, int k)
        where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        return [.. parts.SelectMany(part => part).Order(Descending<T>()).Take(k)];
    }

    /// <summary>How often each key occurs in all parts, in the order of the keys.</summary>
    /// <param name="parts">How often each key occurs in each part.</param>
    public static SortedDictionary<TKey, long> Histogram<TKey>(IReadOnlyList<IReadOnlyDictionary<TKey, long>> parts)
        where TKey : IComparable<TKey>
    {
        var counts = new SortedDictionary<TKey, long>();
        foreach (var (key, count) in parts.SelectMany(part => part))
        {
            counts[key] = counts.GetValueOrDefault(key) + count;
        }
        return counts;
    }

    private static Comparer<Indexed<T>> Descending<T>()
        where T : IComparable<T> =>
        Comparer<Indexed<T>>.Create(
            (a, b) =>
            {
                var order = b.Value.CompareTo(a.Value);
                return order != 0 ? order : a.Index.CompareTo(b.Index);
            }
        );

    private static void ThrowIfNone<T>(IReadOnlyList<T> parts)
    {
        if (parts.Count == 0)
        {
            throw new ArgumentException("there are no parts", nameof(parts));
        }
    }
}
