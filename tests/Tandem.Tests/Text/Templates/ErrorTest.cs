using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

public class ErrorTest
{
    [Theory]
    [InlineData("{{ a.b", "line 1, column 7: the tag is not closed, expected '}}'")]
    [InlineData("{% if x %}", "line 1, column 11: found the end of the template, expected 'elif', 'else' or 'endif'")]
    [InlineData("a\n{% endif %}", "line 2, column 4: found 'endif', expected a statement")]
    [InlineData("{{ 1 + }}", "line 1, column 8: found '}}', expected an expression")]
    [InlineData("{{ 'abc }}", "line 1, column 4: the string is not closed, expected '")]
    [InlineData("\n\n {# open", "line 3, column 2: the comment is not closed, expected '#}'")]
    [InlineData("{% raw %} open", "the raw block is not closed")]
    [InlineData("{% unknown %}", "unknown statement 'unknown', expected one of if, for, set")]
    [InlineData("{{ a b }}", "line 1, column 6: found 'b', expected '}}'")]
    [InlineData("{{ (1 }}", "unexpected '}', expected ')'")]
    [InlineData("{{ 1) }}", "unexpected ')'")]
    [InlineData("{{ a ? b }}", "unexpected character '?'")]
    [InlineData("{% set true = 1 %}", "cannot assign to 'true'")]
    [InlineData("{% break %}", "'break' stands outside of a loop")]
    [InlineData("{% for x in [1] %}{% set y %}{% break %}{% endset %}{% endfor %}", "stands outside of a loop")]
    [InlineData("{{ {'a' 1} }}", "found '1', expected ':'")]
    [InlineData("{% macro m(a=1, b) %}{% endmacro %}", "expected a default for parameter 'b'")]
    [InlineData("{{ x is }}", "expected the name of a test")]
    [InlineData("{{ x | }}", "expected the name of a filter")]
    [InlineData("{{ x is odd is even }}", "expected no second test")]
    [InlineData("{{ f(a=1, 2) }}", "expected no argument without a name after named ones")]
    [InlineData("{% for x y %}{% endfor %}", "found 'y', expected 'in'")]
    [InlineData("{{ \"\\u12\" }}", "expected 4 hexadecimal digits")]
    [InlineData("{{ 0x }}", "'0x' is no integer")]
    [InlineData("{% call x %}{% endcall %}", "expected a call of a macro after 'call'")]
    public void A_malformed_template_is_refused_with_its_place(string template, string expected)
    {
        var error = Assert.Throws<InputException>(() => ChatTemplate.Parse(template));
        Assert.StartsWith("chat template, line ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("a\n b{{ missing.x }}", "line 2, column 13: 'missing' is undefined")]
    [InlineData("{{ d.missing.x }}", "a value of type dict has no attribute 'missing'")]
    [InlineData("{{ l[9].x }}", "a value of type list has no item 9")]
    [InlineData("{{ missing + 'a' }}", "'missing' is undefined")]
    [InlineData("{{ 'a' + missing }}", "'missing' is undefined")]
    [InlineData("{{ missing() }}", "'missing' is undefined")]
    [InlineData("{{ missing|tojson }}", "'missing' is undefined")]
    [InlineData("{{ missing < 1 }}", "'missing' is undefined")]
    [InlineData("{{ 'a' + 1 }}", "'+' is not defined between a value of type str and a value of type int")]
    [InlineData("{{ z + 'a' }}", "'+' is not defined between none and a value of type str")]
    [InlineData("{{ z[1:] }}", "what is sliced is none")]
    [InlineData("{{ s() }}", "'s' is a value of type str, expected something to call")]
    [InlineData("{{ 1|nope }}", "unknown filter 'nope', expected one of abs")]
    [InlineData("{{ 1 is nope }}", "unknown test 'nope', expected one of")]
    [InlineData("{{ s|trim(1, 2) }}", "filter 'trim' takes at most 1 arguments, found 2")]
    [InlineData("{{ s|trim(x=1) }}", "filter 'trim' has no parameter 'x'")]
    [InlineData("{{ s.replace('a') }}", "'replace' misses its argument 'new'")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "'m' takes at most 1 arguments, found 2")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "'m' has no parameter 'b'")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", "'m' is given parameter 'a' twice")]
    [InlineData("{% for x in 5 %}{% endfor %}", "found a value of type int, expected something to iterate over")]
    [InlineData("{% for a, b in [[1,2,3]] %}{% endfor %}", "found 3 values to unpack, expected 2")]
    [InlineData("{% set d.x = 1 %}", "the owner of an attribute to set is a value of type dict, expected a namespace")]
    [InlineData("{{ 7 // 0 }}", "division by zero")]
    [InlineData("{{ 7.0 / 0 }}", "division by zero")]
    [InlineData("{{ [1, 'a']|sort }}", "cannot tell the order of")]
    [InlineData("{{ {[1]: 2} }}", "a list cannot be a key")]
    [InlineData("{{ s.index('z') }}", "the text sought is not there")]
    [InlineData("{{ s.split('') }}", "the separator to split at is empty")]
    [InlineData("{{ '-'.join([1]) }}", "an item to join is a value of type int, expected a string")]
    [InlineData("{{ '%s %s' % ('a',) }}", "a format has more fields than values")]
    [InlineData("{{ '%d' % 'a' }}", "a format's field '%d' does not take")]
    [InlineData("{{ '{'.format(1) }}", "a format has a single '{'")]
    [InlineData("{{ range(1, 2, 0) }}", "the step of a range is zero")]
    [InlineData("{{ 5|length }}", "expected something with a length")]
    public void A_template_that_fails_says_what_and_where(string template, string expected)
    {
        var error = Assert.Throws<InputException>(() => Render.WithSample(template));
        Assert.StartsWith("chat template, line ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void What_the_template_raises_is_the_whole_message() =>
        Assert.Equal(
            "Only 7 roles",
            Assert
                .Throws<InputException>(() => Render.WithSample("{{ raise_exception('Only ' ~ n ~ ' roles') }}"))
                .Message
        );

    [Fact]
    public void A_filter_that_does_not_exist_fails_only_where_it_is_used() =>
        Assert.Equal("ok", Render.WithSample("{% if false %}{{ 1|nope }}{% endif %}ok"));

    [Fact]
    public void A_date_that_nobody_gave_is_undefined()
    {
        var template = ChatTemplate.Parse("{{ strftime_now is defined }}{{ bos_token }}|");
        Assert.Equal("False|", template.Render(new Dictionary<string, object?>(), new TemplateContext()).Text);
    }
}
