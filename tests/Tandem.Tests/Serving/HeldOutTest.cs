using System.Text;
using Tandem.Plans;
using Tandem.Serving;
using Tandem.Text.Templates;
using Tandem.Trainer;

namespace Tandem.Tests.Serving;

public sealed class HeldOutTest
{
    private const int Pass = 18;

    [Fact]
    public async Task The_model_inside_answers_18_of_20_questions_and_tells_18_of_20_stories_kept_out_of_its_training()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var engine = await Engine.LoadAsync(new EngineOptions(), cancellationToken: cancellation);
        var checker = new Checker();
        var asked = checker.Prompts.ToDictionary(prompt => prompt, prompt => AnswerAsync(engine, prompt, cancellation));
        await Task.WhenAll(asked.Values);
        var answers = asked.ToDictionary(pair => pair.Key, pair => pair.Value.Result);

        var verdicts = checker.Check(prompt => answers[prompt]).ToList();

        var faults = string.Join("\n", verdicts.Where(verdict => verdict.Fault is not null));
        Assert.True(verdicts.Count(verdict => !verdict.IsStory && verdict.Fault is null) >= Pass, faults);
        Assert.True(verdicts.Count(verdict => verdict.IsStory && verdict.Fault is null) >= Pass, faults);
    }

    private static async Task<(string Text, bool Ended)> AnswerAsync(
        Engine engine,
        string prompt,
        CancellationToken cancellation
    )
    {
        var template = ChatTemplate.From(engine.Header)!;
        var chat = template.RenderChat([new ChatMessage("user", prompt)], true, new TemplateContext());
        var request = new GenerationRequest
        {
            Prompt = ChatEncoder.Encode(engine.Tokenizer, chat, parseSpecial: false),
            Sampling = SamplingParameters.Greedy,
        };
        var text = new StringBuilder();
        FinishReason? finish = null;
        await foreach (var token in engine.GenerateAsync(request, cancellation))
        {
            text.Append(token.Text);
            finish = token.Finish;
        }
        return (text.ToString(), finish == FinishReason.Stop);
    }
}
