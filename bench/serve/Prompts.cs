namespace Tandem.Bench.Serve;

/// <summary>Makes prompts of random token ids, of which no two begin alike beyond the part that all share.</summary>
/// <param name="seed">Chooses them.</param>
/// <param name="vocabulary">Ids are below this.</param>
/// <param name="shared">Tokens that all begin with.</param>
internal sealed class Prompts(int seed, int vocabulary, int shared)
{
    // Below are the ids of control tokens.
    private const int IdMin = 300;

    /// <summary>The prompt of a request: a list of ids, as JSON.</summary>
    public string Of(int request, int length)
    {
        var common = new Random(seed);
        var own = new Random(unchecked(seed * 1_000_003 + request + 1));
        return $"[{string.Join(',', Enumerable.Range(0, length).Select(i => (i < shared ? common : own).Next(IdMin, vocabulary)))}]";
    }
}
