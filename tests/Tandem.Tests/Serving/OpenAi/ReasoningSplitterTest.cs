using Tandem.Serving.OpenAi;

namespace Tandem.Tests.Serving.OpenAi;

public class ReasoningSplitterTest
{
    [Theory]
    [InlineData(Reasoning.Possible, "<think>\nWell.\n</think>\n\nYes.", "Well.", "Yes.")]
    [InlineData(Reasoning.Begun, "\nWell, a </thin> b.\n</think>Yes.", "Well, a </thin> b.", "Yes.")]
    [InlineData(Reasoning.Begun, "never ends ", "never ends", "")]
    [InlineData(Reasoning.Possible, " Yes, <think> is a mark.", "", " Yes, <think> is a mark.")]
    [InlineData(Reasoning.Possible, "<thin", "", "<thin")]
    [InlineData(Reasoning.None, "<think>a</think>b", "", "<think>a</think>b")]
    public void Thoughts_are_apart_however_the_text_is_cut(
        Reasoning reasoning,
        string text,
        string thoughts,
        string said
    )
    {
        for (var length = 1; length <= text.Length; length++)
        {
            var splitter = new ReasoningSplitter(reasoning);
            var found = ("", "");
            for (var at = 0; at < text.Length; at += length)
            {
                var piece = text.Substring(at, Math.Min(length, text.Length - at));
                var (more, spoken) = splitter.Push(piece, at + length >= text.Length);
                found = (found.Item1 + more, found.Item2 + spoken);
            }
            Assert.Equal((thoughts, said), found);
        }
    }
}
