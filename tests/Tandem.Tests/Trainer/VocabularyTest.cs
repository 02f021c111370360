using Tandem.Trainer.Text;

namespace Tandem.Tests.Trainer;

public sealed class VocabularyTest
{
    private static readonly string[] Texts = ["the fox and the owl", "the fox ran, the owl flew", "a fox!"];

    [Fact]
    public void Text_comes_back_from_its_tokens_whatever_its_bytes()
    {
        var vocabulary = BpeTrainer.Train(Texts, Vocabulary.Base + 12, countMin: 1);

        foreach (var text in (string[])["the fox", "  two  spaces\n", "Zürich 東京 🦊", "", "<|end|>"])
        {
            Assert.Equal(text, vocabulary.Decode(vocabulary.Encode(text)));
        }
    }

    [Fact]
    public void Frequent_words_become_one_token_and_training_twice_gives_the_same()
    {
        var vocabulary = BpeTrainer.Train(Texts, Vocabulary.Base + 12, countMin: 1);

        Assert.Single(vocabulary.Encode(" fox"));
        Assert.Equal(vocabulary.Tokens, BpeTrainer.Train(Texts, Vocabulary.Base + 12, countMin: 1).Tokens);
    }
}
