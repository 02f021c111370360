using System.Text;
using Tandem.Serving.OpenAi;

namespace Tandem.Tests.Serving.OpenAi;

public class JsonBodyTest
{
    public static TheoryData<string, string> Refused =>
        new()
        {
            { "", "not JSON" },
            { "{", "not JSON" },
            { """{"a":1}x""", "not JSON" },
            { """{"a":1,"a":2}""", "not JSON" },
            { """{"a":1,"\u0061":2}""", "not JSON" },
            { new string('[', 100_000), "not JSON" },
            { "{\"a\":" + new string('[', 100) + new string(']', 100) + "}", "not JSON" },
            { "[1]", "found a list, expected a JSON object" },
            { "null", "found null, expected a JSON object" },
            { """{"a":"\ud800"}""", "not Unicode" },
            { """{"\udc00b":1}""", "not Unicode" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_sound_object_is_refused_in_one_line(string json, string message)
    {
        var error = Bodies.Error(() => Bodies.Parse(json));

        Assert.Equal(400, error.Status);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(error.Message.Length < 300, error.Message);
    }

    [Fact]
    public void What_is_no_utf8_is_refused()
    {
        var error = Bodies.Error(() => JsonBody.Parse((byte[])[.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]));
        Assert.Equal("not JSON: it is no UTF-8", error.Message);
    }

    [Fact]
    public void Any_bytes_give_an_object_or_a_clear_error()
    {
        var random = new Random(TestRun.Seed);
        var sound = Encoding.UTF8.GetBytes(
            """{"messages":[{"role":"user","content":"\u00e9"}],"n":1e5,"stop":["a",null]}"""
        );
        for (var i = 0; i < (TestRun.All ? 200_000 : 5_000); i++)
        {
            var bytes = sound.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            try
            {
                ChatRequest.Read(JsonBody.Parse(bytes), Bodies.Model, Bodies.Call);
            }
            catch (ApiException error)
            {
                Assert.Equal(400, error.Error.Status);
            }
        }
    }
}
