using System.Text;
using Tandem.Serving.Batches;

namespace Tandem.Tests.Serving.Batches;

public class LineReaderTest
{
    [Fact]
    public void Lines_come_as_they_are_whatever_the_pieces_of_the_file()
    {
        var random = new Random(TestRun.Seed);
        var lines = Enumerable
            .Range(0, 50)
            .Select(_ => new string('x', random.Next(3) == 0 ? 0 : random.Next(100_000)))
            .ToArray();
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n')), 1 << 20);
        foreach (var line in lines)
        {
            Assert.True(reader.Read());
            Assert.Equal(line, Encoding.UTF8.GetString(reader.Line.Span));
            Assert.Equal((line.Length, true), (reader.Length, reader.HasEnd));
        }
        Assert.False(reader.Read());
    }

    [Fact]
    public void Of_a_line_beyond_the_bound_the_beginning_is_kept_and_the_length_told()
    {
        var reader = new LineReader(new MemoryStream([.. new byte[200_000], (byte)'\n', 1, 2]), 10);
        Assert.True(reader.Read());
        Assert.Equal((10, 200_000, true), (reader.Line.Length, reader.Length, reader.HasEnd));
        Assert.True(reader.Read());
        Assert.Equal([1, 2], reader.Line.ToArray());
        Assert.False(reader.HasEnd);
        Assert.False(reader.Read());
    }
}
