using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

/// <summary>
/// The output says which of its characters came in with the conversation. Here they stand in «quotes»; the variables
/// are <c>x</c> = abcabc, <c>y</c> = [p, q], <c>o</c> = {k: v}, and messages with roles.
/// </summary>
public class OriginTest
{
    private const string Variables = """
        {
          "x": "abcabc", "y": ["p", "q"], "o": { "k": "v", "n": 1 }, "w": " a\"b\n",
          "messages": [{ "role": "user", "content": "hi" }, { "role": "<|x|>", "content": "user" }]
        }
        """;

    [Theory]
    [InlineData("<|{{ x }}|>", "<|«abcabc»|>")]
    [InlineData("{{ '<' + x + '>' }}{{ '<' ~ x ~ 1 ~ '>' }}", "<«abcabc»><«abcabc»1>")]
    [InlineData("{{ x[1:3] }}-{{ x[0] }}-{{ ('<' ~ x)[::-1] }}-{{ ('<' ~ x)[:2] }}", "«bc»-«a»-«cbacba»<-<«a»")]
    [InlineData("{{ x|upper }}{{ x.title() }}{{ ('t' ~ x)|capitalize }}", "«ABCABCAbcabc»T«abcabc»")]
    [InlineData(
        "{{ x.replace('b', '-') }}{{ 'a-b'.replace('-', x) }}{{ x|replace('', '.') }}",
        "«a»-«ca»-«c»a«abcabc»b.«a».«b».«c».«a».«b».«c»."
    )]
    [InlineData(
        "{{ x.split('b') | join('|') }}{{ x.strip('a') }}{{ ('  ' ~ x ~ ' ')|trim }}",
        "«a»|«ca»|«cbcabcabcabc»"
    )]
    [InlineData("{{ y|join('+') }}{{ y[0] * 2 }}{{ y }}", "«p»+«qpp»['«p»', '«q»']")]
    [InlineData("{{ o|tojson }}{{ [w, 't']|tojson }}", "{\"«k»\": \"«v»\", \"«n»\": 1}[\"« a\\\"b\\n»\", \"t\"]")]
    [InlineData(
        "{{ '%s:%s' % (x, 't') }}{{ '{}:{}'.format('t', x) }}{{ x.center(10, '*') }}",
        "«abcabc»:tt:«abcabc»**«abcabc»**"
    )]
    [InlineData(
        "{% for c in x[:2] %}{{ c }},{% endfor %}{% for k, v in o.items() %}{{ k }}={{ v }};{% endfor %}",
        "«a»,«b»,«k»=«v»;«n»=1;"
    )]
    [InlineData(
        "{% set q %}<{{ x }}>{% endset %}{{ q }}{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(x) }}{{ m('t') }}",
        "<«abcabc»>[«abcabc»][t]"
    )]
    [InlineData(
        "{% filter upper %}t{{ x }}{% endfilter %}{{ x|indent(2, true) }}{{ '<'|e }}{{ (x ~ '<')|e }}",
        "T«ABCABC»  «abcabc»&lt;«abcabc»&lt;"
    )]
    [InlineData(
        "{{ {x: 't'}[x] }}{{ x == 'abcabc' }}{{ 'bc' in x }}{{ {'abcabc': x}['abcabc'] }}",
        "tTrueTrue«abcabc»"
    )]
    [InlineData(
        "{{ x.partition('c')|join('/') }}{{ x|list|reverse|join }}{{ x|truncate(5, true, '~', 0) }}",
        "«ab»/c/«abccbacbaabca»~"
    )]
    public void Every_operation_keeps_the_origin_of_what_it_keeps(string template, string expected) =>
        Assert.Equal(expected, Marked(template));

    [Fact]
    public void The_sequence_tokens_and_the_date_are_the_templates_own() =>
        Assert.Equal("<s>2026</s>«abcabc»", Marked("{{ bos_token + strftime_now('%Y') + eos_token + x }}"));

    [Fact]
    public void A_role_that_is_a_plain_word_can_be_part_of_a_control_token() =>
        Assert.Equal(
            "<|user|>«hi»<|«<|x|>»|>«user»",
            Marked("{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}")
        );

    [Fact]
    public void Segments_are_as_long_as_they_can_be()
    {
        var rendered = Render.WithJson(
            "a{{ 'b' }}{{ x }}{{ x[:1] }}{% if true %}c{% endif %}{{ '' ~ x[:0] }}d",
            Variables
        );
        Assert.Equal([new TemplateSegment("ab", false), new("abcabca", true), new("cd", false)], rendered.Segments);
    }

    private static string Marked(string template) =>
        string.Concat(
            Render
                .WithJson(template, Variables)
                .Segments.Select(segment => segment.IsData ? $"«{segment.Text}»" : segment.Text)
        );
}
