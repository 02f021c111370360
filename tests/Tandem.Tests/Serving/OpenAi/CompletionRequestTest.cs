namespace Tandem.Tests.Serving.OpenAi;

public class CompletionRequestTest
{
    [Theory]
    [InlineData(""" "prompt":"a" """, 1)]
    [InlineData(""" "prompt":[5,6] """, 1)]
    [InlineData(""" "prompt":["a",[5,6],"b"] """, 3)]
    [InlineData(""" "prompt":["a",[5,6]],"n":3 """, 6)]
    public void A_prompt_is_a_text_or_ids_or_a_list(string fields, int choices)
    {
        var request = Bodies.Completion(fields);

        Assert.Equal(choices, request.Choices.Count);
        Assert.Equal(choices, request.Choices.Select(choice => choice.Sampling!.Seed).Distinct().Count());
        Assert.All(request.Choices, choice => Assert.Equal(16, choice.MaxTokens));
        Assert.Empty(request.Echoes);
    }

    [Fact]
    public void Answers_to_a_prompt_stand_together()
    {
        var request = Bodies.Completion(""" "prompt":[[5],[6]],"n":2,"echo":true """);
        Assert.Equal([5, 5, 6, 6], request.Choices.Select(choice => Assert.Single(choice.Prompt)));
        Assert.Equal((2, 2), (request.Echoes.Count, request.ChoicesAPrompt));
    }

    [Fact]
    public void The_text_of_a_control_token_means_the_token()
    {
        var token = Bodies.Model.Tokenizer.EndOfGeneration.First();
        var text = Bodies.Model.Tokenizer.PieceText(token);
        Assert.Contains(token, Bodies.Completion($""" "prompt":"{text}" """).Choices[0].Prompt);
    }

    [Theory]
    [InlineData("prompt", "")]
    [InlineData("prompt", """ "prompt":5 """)]
    [InlineData("prompt", """ "prompt":[] """)]
    [InlineData("prompt", """ "prompt":[null] """)]
    [InlineData("prompt", """ "prompt":[5,"a"] """)]
    [InlineData("prompt", """ "prompt":[[]] """)]
    [InlineData("prompt", """ "prompt":[-1] """)]
    [InlineData("prompt", """ "prompt":[99999] """)]
    [InlineData("n", """ "prompt":["a"],"n":17 """)]
    [InlineData("logprobs", """ "prompt":"a","logprobs":true """)]
    [InlineData("max_tokens", """ "prompt":[5,6],"logprobs":1,"max_tokens":0 """)]
    [InlineData("max_tokens", """ "prompt":[5],"logprobs":1,"echo":true,"max_tokens":0 """)]
    [InlineData("suffix", """ "prompt":"a","suffix":"b" """)]
    public void What_is_wrong_is_an_error_with_its_name(string param, string fields)
    {
        var error = Bodies.Error(() => Bodies.Completion(fields));
        Assert.Equal((400, param), (error.Status, error.Param));
    }
}
