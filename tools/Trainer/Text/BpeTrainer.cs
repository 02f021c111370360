namespace Tandem.Trainer.Text;

/// <summary>
/// Learns merges from text (Sennrich, Haddow and Birch, 2016). A word counts with the square root of its frequency, so
/// that the many nouns of which stories are told become tokens too, not the everyday words alone. Rare words, such as
/// those that do not exist, do not count.
/// </summary>
internal static class BpeTrainer
{
    /// <summary>A vocabulary of that size. Equal counts go to the pair that is first in ordinal order.</summary>
    public static Vocabulary Train(IEnumerable<string> texts, int size, int countMin)
    {
        var counts = new Dictionary<string, double>();
        foreach (var word in texts.SelectMany(ByteAlphabet.Words))
        {
            counts[word] = counts.GetValueOrDefault(word) + 1;
        }
        var words = counts
            .Where(pair => pair.Value >= countMin)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new Word([.. pair.Key.Select(letter => letter.ToString())], Math.Sqrt(pair.Value)))
            .ToList();
        var merges = new List<(string Left, string Right)>();
        while (merges.Count < size - Vocabulary.Base)
        {
            var merge = MostFrequent(words);
            merges.Add(merge);
            words.ForEach(word => word.Merge(merge));
        }
        return new Vocabulary(merges);
    }

    private static (string Left, string Right) MostFrequent(List<Word> words)
    {
        var pairs = new Dictionary<(string Left, string Right), double>();
        foreach (var word in words)
        {
            for (var i = 0; i + 1 < word.Parts.Count; i++)
            {
                var pair = (word.Parts[i], word.Parts[i + 1]);
                pairs[pair] = pairs.GetValueOrDefault(pair) + word.Count;
            }
        }
        return pairs
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key.Left, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Right, StringComparer.Ordinal)
            .First()
            .Key;
    }

    private sealed record Word(List<string> Parts, double Count)
    {
        public void Merge((string Left, string Right) merge)
        {
            for (var i = 0; i + 1 < Parts.Count; i++)
            {
                if (Parts[i] == merge.Left && Parts[i + 1] == merge.Right)
                {
                    Parts[i] += Parts[i + 1];
                    Parts.RemoveAt(i + 1);
                }
            }
        }
    }
}
