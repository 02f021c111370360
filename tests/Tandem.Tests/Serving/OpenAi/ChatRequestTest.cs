using Tandem.Serving.OpenAi;

namespace Tandem.Tests.Serving.OpenAi;

public class ChatRequestTest
{
    [Fact]
    public void What_is_not_said_is_the_models_own()
    {
        var request = Assert.Single(Bodies.Chat().Choices);

        Assert.Equal(Bodies.Model.Sampling with { Seed = 99 }, request.Sampling);
        Assert.Equal(int.MaxValue, request.MaxTokens);
        Assert.Equal((false, 0, null), (request.IgnoreEos, request.Priority, request.CacheSalt));
    }

    [Fact]
    public void Every_field_has_its_place()
    {
        var chat = Bodies.Chat(
            """
            "temperature":0.5,"top_p":0.9,"top_k":7,"min_p":0.1,"repetition_penalty":1.1,"presence_penalty":-1,"frequency_penalty":2,
            "logit_bias":{"9":-100,"4":1.5},"seed":-1,"logprobs":true,"top_logprobs":5,"max_tokens":8,"max_completion_tokens":9,
            "stop":["a","b"],"stop_token_ids":[3],"ignore_eos":true,"priority":-2,"cache_salt":"mine","n":2,
            "stream":true,"stream_options":{"include_usage":true},"user":"somebody","metadata":{"x":[1]},"store":null
            """
        );

        Assert.Equal((2, true, true), (chat.Choices.Count, chat.Streams, chat.StreamsUsage));
        var request = chat.Choices[0];
        var sampling = request.Sampling!;
        Assert.Equal((0.5f, 0.9f, 7, 0.1f), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.MinP));
        Assert.Equal(
            (1.1f, -1f, 2f),
            (sampling.RepetitionPenalty, sampling.PresencePenalty, sampling.FrequencyPenalty)
        );
        Assert.Equal([new(4, 1.5f), new(9, -100)], sampling.LogitBias);
        Assert.Equal((ulong.MaxValue, 5), (sampling.Seed, sampling.TopLogProbabilities));
        Assert.Equal(
            (9, -2, "mine", true),
            (request.MaxTokens, request.Priority, request.CacheSalt, request.IgnoreEos)
        );
        Assert.Equal(["a", "b"], request.Stop);
        Assert.Equal([3], request.StopTokens);
        Assert.NotEqual(sampling.Seed, chat.Choices[1].Sampling!.Seed);
        Assert.Equal(request.Prompt, chat.Choices[1].Prompt);
    }

    [Fact]
    public void Content_is_a_text_or_nothing_or_parts()
    {
        var text = Prompt("""{"role":"user","content":"one\ntwo"}""");

        Assert.Equal(
            text,
            Prompt("""{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}""")
        );
        var empty = Prompt("""{"role":"user","content":""}""");
        Assert.Equal(empty, Prompt("""{"role":"user","content":null}"""));
        Assert.Equal(empty, Prompt("""{"role":"user"}"""));
        Assert.Equal(empty, Prompt("""{"role":"user","content":[]}"""));
    }

    [Fact]
    public void A_developer_is_the_system()
    {
        Assert.Equal(
            Prompt("""{"role":"system","content":"be kind"},{"role":"user","content":"hi"}"""),
            Prompt("""{"role":"developer","content":"be kind"},{"role":"user","content":"hi"}""")
        );
    }

    [Fact]
    public void The_text_of_a_control_token_stays_text()
    {
        var token = Bodies.Model.Tokenizer.EndOfGeneration.First();
        var text = Bodies.Model.Tokenizer.PieceText(token);
        int Count(IReadOnlyList<int> prompt) => prompt.Count(id => id == token);

        Assert.Equal(
            Count(Prompt("""{"role":"user","content":"hi"}""")),
            Count(Prompt($$"""{"role":"user","content":"{{text}}"}"""))
        );
    }

    [Fact]
    public void Templates_see_names_tool_calls_and_their_own_arguments()
    {
        var template = Tandem.Text.Templates.ChatTemplate.Parse(
            "{% for m in messages %}{{ m.role }}:{{ m.content }}{{ m.name }}{{ m.tool_call_id }}"
                + "{% for c in m.tool_calls or [] %}{{ c.function.name }}({{ c.function.arguments.city }}){% endfor %};{% endfor %}{{ mood }}"
        );
        var body = Bodies.Parse(
            """
            {"messages":[
              {"role":"user","name":"ann","content":"weather?"},
              {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"city\":\"Bonn\"}"}}]},
              {"role":"tool","tool_call_id":"c1","content":"rain"}],
             "chat_template_kwargs":{"mood":"calm","messages":[]}}
            """
        );
        var model = Bodies.Model with { Template = template };
        var request = ChatRequest.Read(body, model, Bodies.Call).Choices[0];

        Assert.EndsWith(
            "user:weather?ann;assistant:look(Bonn);tool:rainc1;calm",
            model.Tokenizer.Decode([.. request.Prompt]),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("tools", """ "tools":[{"type":"function","function":{"name":"f"}}] """)]
    [InlineData("tool_choice", """ "tool_choice":"required" """)]
    [InlineData("functions", """ "functions":[{"name":"f"}] """)]
    [InlineData("response_format", """ "response_format":{"type":"json_object"} """)]
    [InlineData("modalities", """ "modalities":["text","audio"] """)]
    [InlineData("audio", """ "audio":{"voice":"x"} """)]
    [InlineData("guided_json", """ "guided_json":{} """)]
    [InlineData("best_of", """ "best_of":3,"n":2 """)]
    public void What_is_known_and_not_built_is_an_error_with_its_name(string param, string fields)
    {
        var error = Bodies.Error(() => Bodies.Chat(fields));
        Assert.Equal((400, param, "unsupported_parameter"), (error.Status, error.Param, error.Code));
    }

    [Theory]
    [InlineData("8.0", 8)]
    [InlineData("8e0", 8)]
    [InlineData("80e-1", 8)]
    [InlineData("2147483648", int.MaxValue)]
    [InlineData("9223372036854775807", int.MaxValue)]
    public void A_whole_number_may_be_written_with_a_point_and_an_answer_may_be_as_long_as_anybody_likes(
        string number,
        int expected
    )
    {
        foreach (var field in (string[])["max_tokens", "max_completion_tokens"])
        {
            Assert.Equal(expected, Bodies.Chat($"\"{field}\":{number}").Choices[0].MaxTokens);
        }
        Assert.Equal(expected, Bodies.Completion($"\"prompt\":[5],\"max_tokens\":{number}").Choices[0].MaxTokens);
    }

    [Theory]
    [InlineData(""" "tools":[{"type":"function"}],"tool_choice":"none" """)]
    [InlineData(""" "tools":[],"tool_choice":"auto" """)]
    [InlineData(""" "tools":null,"functions":null,"audio":null """)]
    [InlineData(""" "response_format":{"type":"text"},"modalities":["text"],"best_of":1,"min_tokens":0 """)]
    [InlineData(
        """ "reasoning_effort":"low","parallel_tool_calls":true,"service_tier":"auto","something":{"new":1} """
    )]
    public void What_asks_for_nothing_and_what_is_unknown_is_ignored(string fields) =>
        Assert.Single(Bodies.Chat(fields).Choices);

    [Theory]
    [InlineData("temperature", """ "temperature":3 """)]
    [InlineData("temperature", """ "temperature":"hot" """)]
    [InlineData("temperature", """ "temperature":1e999 """)]
    [InlineData("top_p", """ "top_p":-0.1 """)]
    [InlineData("top_k", """ "top_k":1.5 """)]
    [InlineData("n", """ "n":129 """)]
    [InlineData("n", """ "n":0 """)]
    [InlineData("n", """ "n":1.00000001 """)]
    [InlineData("max_tokens", """ "max_tokens":0 """)]
    [InlineData("max_tokens", """ "max_tokens":9223372036854775808 """)]
    [InlineData("seed", """ "seed":1e30 """)]
    [InlineData("stop", """ "stop":"" """)]
    [InlineData("stop", """ "stop":[1] """)]
    [InlineData("stop", """ "stop":["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q"] """)]
    [InlineData("stop_token_ids", """ "stop_token_ids":[99999] """)]
    [InlineData("logit_bias", """ "logit_bias":{"99999":1} """)]
    [InlineData("logit_bias", """ "logit_bias":{"fox":1} """)]
    [InlineData("logit_bias", """ "logit_bias":{"4":1000} """)]
    [InlineData("logit_bias", """ "logit_bias":[4] """)]
    [InlineData("top_logprobs", """ "top_logprobs":5 """)]
    [InlineData("top_logprobs", """ "logprobs":true,"top_logprobs":21 """)]
    [InlineData("logprobs", """ "logprobs":1 """)]
    [InlineData("stream", """ "stream":"yes" """)]
    [InlineData("ignore_eos", """ "ignore_eos":0 """)]
    [InlineData("priority", """ "priority":99999999999 """)]
    [InlineData("cache_salt", """ "cache_salt":5 """)]
    [InlineData("chat_template_kwargs", """ "chat_template_kwargs":[] """)]
    [InlineData("response_format", """ "response_format":"text" """)]
    public void A_wrong_value_is_an_error_with_its_name(string param, string fields)
    {
        var error = Bodies.Error(() => Bodies.Chat(fields));
        Assert.Equal((400, param, "invalid_value"), (error.Status, error.Param, error.Code));
        Assert.Contains("expected", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("messages[0]", "5")]
    [InlineData("messages[0].role", """{"content":"hi"}""")]
    [InlineData("messages[0].role", """{"role":"wizard","content":"hi"}""")]
    [InlineData("messages[0].content", """{"role":"user","content":7}""")]
    [InlineData(
        "messages[0].content[1].type",
        """{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"}]}"""
    )]
    [InlineData("messages[0].content[0].type", """{"role":"user","content":[{"type":"input_audio"}]}""")]
    [InlineData("messages[0].content[0].text", """{"role":"user","content":[{"type":"text"}]}""")]
    [InlineData("messages[0].content[0]", """{"role":"user","content":["text"]}""")]
    [InlineData("messages[0].tool_calls[0].function", """{"role":"assistant","tool_calls":[{}]}""")]
    [InlineData(
        "messages[0].tool_calls[0].function.arguments",
        """{"role":"assistant","tool_calls":[{"function":{"arguments":"{"}}]}"""
    )]
    [InlineData("messages", "")]
    public void A_wrong_message_is_an_error_with_its_place(string param, string message)
    {
        var error = Bodies.Error(() => Bodies.Chat("", message));
        Assert.Equal((400, param), (error.Status, error.Param));
    }

    [Fact]
    public void A_conversation_beyond_the_context_is_refused_with_both_numbers()
    {
        var error = Bodies.Error(() =>
            Bodies.Chat("", $$"""{"role":"user","content":"{{string.Join(' ', Enumerable.Repeat("fox", 600))}}"}""")
        );
        Assert.Equal(("messages", "context_length_exceeded"), (error.Param, error.Code));
        Assert.Contains("511", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_a_template_holds_no_chat()
    {
        var body = Bodies.Parse("""{"messages":[{"role":"user","content":"hi"}]}""");
        var error = Bodies.Error(() => ChatRequest.Read(body, Bodies.Model with { Template = null }, Bodies.Call));
        Assert.Contains("no chat template", error.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<int> Prompt(string messages) => Bodies.Chat("", messages).Choices[0].Prompt;
}
