using Tandem.Serving.Speculation;

namespace Tandem.Bench.Speculation;

/// <summary>A prompt, and what the model is made to answer.</summary>
/// <param name="Name">What it stands for.</param>
/// <param name="Prompt">Token ids.</param>
/// <param name="Answer">Token ids.</param>
internal sealed record Text(string Name, int[] Prompt, int[] Answer);

/// <summary>Texts whose guesses are right at known rates, of random tokens from one seed.</summary>
internal sealed class Texts(int vocabulary, int promptLength, int answerLength, int seed)
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<Text> All => [NeverRight(), Exchanged(0.5), Exchanged(0.9), Edited()];

    // Few tokens, so that every end has occurred before, and it never goes on as it would be guessed.
    private Text NeverRight()
    {
        const int Few = 6;
        var (random, lookup, guess) = (new Random(seed), new PromptLookup(), new int[1]);
        lookup.Clear(promptLength + answerLength);
        List<int> text = [.. Enumerable.Range(0, promptLength).Select(_ => 100 + random.Next(Few))];
        while (text.Count < promptLength + answerLength)
        {
            if (lookup.Find(text.ToArray()) >= 0)
            {
                lookup.Copy(text.ToArray(), guess);
            }
            var token = 100 + random.Next(Few);
            text.Add(token == guess[0] ? token + 1 : token);
        }
        return new Text("0", [.. text[..promptLength]], [.. text[promptLength..]]);
    }

    // The prompt again, each of its tokens kept with the same probability.
    private Text Exchanged(double kept)
    {
        var random = new Random(seed);
        var prompt = Passage(random);
        int[] answer = [.. prompt.Take(answerLength).Select(id => random.NextDouble() < kept ? id : Any(random))];
        return new Text(FormattableString.Invariant($"{100 * kept:f0}"), prompt, answer);
    }

    // The prompt again, with stretches of 4 to 12 tokens taken out and others of 4 to 12 put in, 16 to 48 tokens apart: of the
    // answer four fifths are kept.
    private Text Edited()
    {
        var random = new Random(seed);
        var prompt = Passage(random);
        var answer = new List<int>();
        for (var at = 0; answer.Count < answerLength; )
        {
            var kept = random.Next(16, 49);
            answer.AddRange(prompt.Skip(at).Take(kept));
            answer.AddRange(Enumerable.Range(0, random.Next(4, 13)).Select(_ => Any(random)));
            at += kept + random.Next(4, 13);
        }
        return new Text("edited", prompt, [.. answer.Take(answerLength)]);
    }

    private int[] Passage(Random random) => [.. Enumerable.Range(0, promptLength).Select(_ => Any(random))];

    private int Any(Random random) => random.Next(100, vocabulary);
}
