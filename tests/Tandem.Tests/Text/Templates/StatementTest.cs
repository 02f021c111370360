namespace Tandem.Tests.Text.Templates;

/// <summary>Statements. Expected values are what Jinja 3.1 gives in the environment of Hugging Face's transformers.</summary>
public class StatementTest
{
    [Theory]
    [InlineData("{% if n > 5 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "a")]
    [InlineData("{% if z %}a{% elif n %}b{% elif t %}c{% endif %}", "b")]
    [InlineData("{% if z %}{% else %}E{% endif %}{% if e %}x{% endif %}", "E")]
    [InlineData("{% if missing %}x{% elif [] %}y{% elif {} %}z{% elif 0.0 %}w{% else %}none{% endif %}", "none")]
    public void If_takes_the_first_branch_that_holds(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{% for x in l %}{{ x }};{% endfor %}{% for x in (1,) %}{{ x }}{% endfor %}", "3;1;2;1")]
    [InlineData(
        "{% for k in d %}{{ k }};{% endfor %}{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
        "b;a;é;b=1;a=[1, 2.0, None, True, \"x'y\"];é=ü\"\\\n\t;"
    )]
    [InlineData("{% for c in u8 %}{{ c }}.{% endfor %}", "a.😀.b.̈.é.")]
    [InlineData(
        "{% for a, b in [[1,2],[3,4]] %}{{ a }}-{{ b }} {% endfor %}{% for a, (b, c) in [[1,(2,3)]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
        "1-2 3-4 123"
    )]
    [InlineData(
        "{% for x in [] %}{{ x }}{% else %}empty{% endfor %}{% for x in missing %}{{ x }}{% else %}undefined{% endfor %}",
        "emptyundefined"
    )]
    [InlineData(
        "{% for x in l if x > 1 %}{{ loop.length }}{{ x }}{% else %}none{% endfor %}{% for x in l if x > 10 %}{{ x }}{% else %}none{% endfor %}",
        "2322none"
    )]
    [InlineData(
        "{% for x in [1,2] recursive %}{{ x }}{% if x == 1 %}({{ loop([5,6]) }}){{ loop.depth }}{% endif %}{% endfor %}",
        "1(56)12"
    )]
    public void For_iterates_over_lists_keys_and_characters(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
        "1032TrueFalse3;2121FalseFalse3;3210FalseTrue3;"
    )]
    [InlineData("{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}", "<3>1 3<1>2 1<2> ")]
    [InlineData("{% for x in l %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }}{% endfor %}", "aTruebTrueaTrue")]
    [InlineData(
        "{% for i in range(2) %}{% for j in range(2) %}{{ loop.depth }}{{ loop.depth0 }}{{ i }}{{ j }} {% endfor %}{{ loop.index }}{% endfor %}",
        "1000 1001 11010 1011 2"
    )]
    [InlineData("{{ loop }}|{% for i in [1] %}{% endfor %}{{ i }}|", "||")]
    public void Loop_tells_where_the_loop_stands(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "32")]
    [InlineData("{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}E{% endfor %}", "3")]
    [InlineData(
        "{% for y in [1,2] %}{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}|{% endfor %}",
        "3|3|"
    )]
    [InlineData(
        "{% for x in l %}{% with %}{% if x == 1 %}{% continue %}{% endif %}{% endwith %}{{ x }}{% endfor %}",
        "32"
    )]
    public void Break_and_continue_act_on_the_innermost_loop(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{% set x = 1 %}{% for i in l %}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}", "4 2 3 1")]
    [InlineData(
        "{% if false %}{% set q = 1 %}{% endif %}[{{ q }}]{% if true %}{% set q = 1 %}{% endif %}[{{ q }}]",
        "[][1]"
    )]
    [InlineData(
        "{% set ns = namespace(x=1) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} {{ ns.y }}|",
        "7 |"
    )]
    [InlineData("{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{% set ns.c = 3 %}{{ ns.c }}", "123")]
    [InlineData("{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}", "12(1, 2)")]
    [InlineData(
        "{% set x %}  body {{ n }}{% endset %}[{{ x }}]{% set y | upper | trim %} ab {% endset %}[{{ y }}]",
        "[  body 7][AB]"
    )]
    [InlineData("{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}[{{ a }}]{% set n = 9 %}{{ n }}", "17[]9")]
    [InlineData(
        "{% filter upper %}abc {{ s }}{% endfilter %}{% filter replace('a','b') | trim %} aaa {% endfilter %}",
        "ABC HELLO, WORLDbbb"
    )]
    public void Set_holds_in_its_block_and_a_namespace_reaches_out_of_it(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{% generation %}x{% set q = 4 %}{{ q }}{% endgeneration %}[{{ q }}]", "x4[]")]
    public void A_generation_block_prints_its_body_and_keeps_its_variables(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{% macro m(a, b=2, c=a) %}[{{ a }},{{ b }},{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=5) }}{{ m(b=1, a=2) }}{{ m() }}",
        "[1,2,1][1,2,5][2,1,2][,2,]"
    )]
    [InlineData("{% macro m() %}{{ later }}{% endmacro %}{% set later = 'L' %}{{ m() }}", "L")]
    [InlineData(
        "{% set x = 'outer' %}{% macro m() %}{{ x }}{% set x = 'inner' %}{{ x }}{% endmacro %}{{ m() }}{{ x }}",
        "outerinnerouter"
    )]
    [InlineData(
        "{% macro f(n) %}{% if n <= 1 %}1{% else %}{{ n * (f(n - 1)|int) }}{% endif %}{% endmacro %}{{ f(10) }}",
        "3628800"
    )]
    [InlineData(
        "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}{{ m.name }}",
        "1(2,){'x': 3}m"
    )]
    [InlineData("{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(*[1, 2]) }}{{ m(**{'a': 3, 'b': 4}) }}", "1234")]
    [InlineData("{% for x in l %}{% macro q() %}{{ x }}{% endmacro %}{{ q() }}{% endfor %}", "312")]
    public void A_macro_sees_its_parameters_and_the_scope_around_it(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(5) %}got {{ y }}{% endcall %}", "<got 5>")]
    [InlineData("{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}body {{ n }}{% endcall %}", "<body 7>")]
    [InlineData("{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "False")]
    public void A_call_block_is_the_macros_caller(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));
}
