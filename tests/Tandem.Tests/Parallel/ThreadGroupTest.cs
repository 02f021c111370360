using CsCheck;
using Tandem.Parallel;

namespace Tandem.Tests.Parallel;

/// <summary>What a group of threads computes together, and how it ends when one of them fails.</summary>
public sealed class ThreadGroupTest
{
    private static readonly Gen<(int Size, int Length, uint Seed)> s_cases = Gen.Select(
        Gen.Int[1, 6],
        Gen.Int[0, 200],
        Gen.UInt
    );

    [Fact]
    public void Every_rank_holds_the_sum_in_the_order_of_ranks() =>
        s_cases.Sample(
            given =>
            {
                var parts = Parts(given);
                var expected = Sum(parts);
                var found = Run(
                    given.Size,
                    group =>
                    {
                        var values = parts[group.Rank].ToArray();
                        group.AllReduce(values);
                        return values;
                    }
                );
                Assert.All(found, values => Assert.Equal(expected, values));
            },
            iter: 60
        );

    [Fact]
    public void Gathered_parts_lie_in_the_order_of_ranks_and_scattered_sums_are_parts_of_the_whole_sum() =>
        s_cases.Sample(
            given =>
            {
                var parts = Parts(given with { Length = given.Length * given.Size });
                var expected = Sum(parts);
                var found = Run(
                    given.Size,
                    group =>
                    {
                        var part = new float[given.Length];
                        group.ReduceScatter(parts[group.Rank], part);
                        var all = new float[given.Length * given.Size];
                        group.AllGather(part, all);
                        return all;
                    }
                );
                Assert.All(found, values => Assert.Equal(expected, values));
            },
            iter: 60
        );

    [Fact]
    public void A_broadcast_brings_the_roots_bytes_to_all()
    {
        var found = Run(
            4,
            group =>
            {
                byte[] data = [(byte)group.Rank, (byte)(10 * group.Rank)];
                group.Broadcast(data, root: 2);
                return data;
            }
        );
        Assert.All(found, data => Assert.Equal([2, 20], data));
    }

    [Fact]
    public void Messages_arrive_in_order_around_a_ring()
    {
        const int Rounds = 500;
        var found = Run(
            3,
            group =>
            {
                var last = 0;
                var message = new byte[sizeof(int)];
                for (var round = 0; round < Rounds; round++)
                {
                    BitConverter.TryWriteBytes(message, round * 10 + group.Rank);
                    group.Send(message, (group.Rank + 1) % group.Size);
                    group.Receive(message, (group.Rank + 2) % group.Size);
                    last = BitConverter.ToInt32(message);
                    Assert.Equal(round * 10 + (group.Rank + 2) % group.Size, last);
                }
                return last;
            }
        );
        Assert.Equal(3, found.Length);
    }

    [Fact]
    public void A_message_of_another_length_is_refused_with_both_numbers()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            ThreadGroup.Run(
                2,
                group =>
                {
                    if (group.Rank == 0)
                    {
                        group.Send(new byte[3], 1);
                    }
                    else
                    {
                        group.Receive(new byte[5], 0);
                    }
                },
                TimeProvider.System
            )
        );
        Assert.Contains("3", error.Message, StringComparison.Ordinal);
        Assert.Contains("5", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sum")]
    [InlineData("barrier")]
    [InlineData("receive")]
    [InlineData("send")]
    public void A_rank_that_throws_brings_down_all_with_its_own_error(string others)
    {
        var error = Assert.Throws<InvalidDataException>(() =>
            ThreadGroup.Run(
                3,
                group =>
                {
                    group.Barrier();
                    if (group.Rank == 1)
                    {
                        throw new InvalidDataException("rank 1 has no more data");
                    }
                    while (true)
                    {
                        Meet(group, others);
                    }
                },
                TimeProvider.System
            )
        );
        Assert.Equal("rank 1 has no more data", error.Message);
    }

    [Fact]
    public void Many_more_ranks_than_cores_come_to_an_end()
    {
        const int Size = 18;
        var found = new float[Size];
        ThreadGroup.Run(
            Size,
            group =>
            {
                var values = new float[33];
                for (var round = 0; round < 50; round++)
                {
                    Array.Fill(values, group.Rank);
                    group.AllReduce(values);
                }
                found[group.Rank] = values[32];
            },
            TimeProvider.System,
            spins: false
        );
        Assert.All(found, value => Assert.Equal(Size * (Size - 1) / 2, value));
    }

    private static void Meet(ICommunicator group, string how)
    {
        switch (how)
        {
            case "sum":
                group.AllReduce(new float[7]);
                break;
            case "barrier":
                group.Barrier();
                break;
            case "receive":
                group.Receive(new byte[1], 1);
                break;
            default:
                group.Send(new byte[1], 1);
                break;
        }
    }

    private static T[] Run<T>(int size, Func<ICommunicator, T> work)
    {
        var results = new T[size];
        ThreadGroup.Run(size, group => results[group.Rank] = work(group), TimeProvider.System);
        return results;
    }

    private static float[][] Parts((int Size, int Length, uint Seed) given)
    {
        var random = new Random((int)given.Seed);
        return
        [
            .. Enumerable
                .Range(0, given.Size)
                .Select(_ => Enumerable.Range(0, given.Length).Select(_ => random.NextSingle() - 0.5f).ToArray()),
        ];
    }

    private static float[] Sum(float[][] parts)
    {
        var sum = parts[0].ToArray();
        foreach (var part in parts[1..])
        {
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += part[i];
            }
        }
        return sum;
    }
}
