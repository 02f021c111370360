using System.Text;
using CsCheck;
using Tandem.Serving;

namespace Tandem.Tests.Serving;

public class StopFinderTest
{
    private const string Seed = "0002HmMTAr92";

    // Two letters make overlaps and near misses likely.
    private static readonly Gen<string> s_texts = Gen.String[Gen.OneOf('a', 'b'), 0, 60];
    private static readonly Gen<string[]> s_stops = Gen.String[Gen.OneOf('a', 'b'), 1, 9].Array[0, 4];

    [Fact]
    public void Text_ends_before_the_first_stop_string_however_it_is_cut() =>
        Gen.Select(s_texts, s_stops, Gen.Int[1, 7].Array[60])
            .Sample(
                (text, stops, lengths) =>
                {
                    var finder = new StopFinder(stops);
                    var output = new StringBuilder();
                    foreach (var piece in Pieces(text, lengths))
                    {
                        output.Append(finder.Push(piece));
                    }
                    output.Append(finder.Flush());
                    Assert.Equal(Expected(text, stops), output.ToString());
                    Assert.Equal(Expected(text, stops).Length < text.Length, finder.Found);
                },
                iter: 5_000,
                seed: Seed
            );

    [Fact]
    public void No_more_is_held_back_than_the_longest_beginning_of_a_stop_string() =>
        Gen.Select(s_texts, s_stops)
            .Sample(
                (text, stops) =>
                {
                    var finder = new StopFinder(stops);
                    var output = finder.Push(text);
                    if (!finder.Found)
                    {
                        var held = text[output.Length..];
                        var longest = Enumerable
                            .Range(0, text.Length + 1)
                            .First(start =>
                                start == text.Length
                                || stops.Any(stop => stop.StartsWith(text[start..], StringComparison.Ordinal))
                            );
                        Assert.Equal(text[longest..], held);
                    }
                },
                iter: 5_000,
                seed: Seed
            );

    [Fact]
    public void A_stop_string_across_pieces_is_never_let_through_in_part()
    {
        var finder = new StopFinder(["\nUser:"]);
        Assert.Equal("Hello.", finder.Push("Hello.\n"));
        Assert.Equal("", finder.Push("Us"));
        Assert.Equal("", finder.Push("er"));
        Assert.False(finder.Found);
        Assert.Equal("", finder.Push(": what"));
        Assert.True(finder.Found);
        Assert.Equal("", finder.Push("more"));
        Assert.Equal("", finder.Flush());
    }

    [Fact]
    public void Without_stop_strings_text_passes_as_it_is()
    {
        var finder = new StopFinder([]);
        Assert.Equal("any", finder.Push("any"));
        Assert.Equal("", finder.Flush());
    }

    [Fact]
    public void An_empty_stop_string_is_the_users_mistake() =>
        Assert.Contains(
            "empty",
            Assert.Throws<InputException>(() => new StopFinder(["a", ""])).Message,
            StringComparison.Ordinal
        );

    private static IEnumerable<string> Pieces(string text, int[] lengths)
    {
        var at = 0;
        for (var i = 0; at < text.Length; i++)
        {
            var length = Math.Min(lengths[i], text.Length - at);
            yield return text.Substring(at, length);
            at += length;
        }
    }

    private static string Expected(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var found = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).ToList();
            if (found.Count > 0)
            {
                return text[..(end - found.Max(stop => stop.Length))];
            }
        }
        return text;
    }
}
