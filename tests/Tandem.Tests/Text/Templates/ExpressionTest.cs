namespace Tandem.Tests.Text.Templates;

/// <summary>Expressions. Expected values are what Jinja 3.1 gives in the environment of Hugging Face's transformers.</summary>
public class ExpressionTest
{
    [Theory]
    [InlineData(
        "{{ n + 2 }} {{ n - 10 }} {{ n * f }} {{ n / 2 }} {{ n // 2 }} {{ neg // 2 }} {{ n % 3 }} {{ neg % 5 }} {{ n % -3 }}",
        "9 -3 17.5 3.5 3 -2 1 2 -2"
    )]
    [InlineData(
        "{{ -7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2.0 ** 3 }} {{ 4 ** 0.5 }} {{ 2 ** 3 ** 2 }} {{ (-1) ** 5 }}",
        "-4.0 0.5 1024 0.5 8.0 2.0 64 -1"
    )]
    [InlineData(
        "{{ -2 ** 2 }} {{ - n }} {{ + n }} {{ -0.0 }} {{ 3 + true }} {{ true + true }} {{ 10000000000000000000000 }} {{ 2 ** 200 }} {{ big }}",
        "4 -7 7 -0.0 4 2 10000000000000000000000 1606938044258990275541962092341162602522202993782792835301376 12345678901234567890"
    )]
    [InlineData(
        "{{ 1_000 }} {{ 0x1f }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e3 }} {{ 1e3 }} {{ 1.0 }} {{ 1.5E-7 }} {{ fl }}",
        "1000 31 5 15 1500.0 1000.0 1.0 1.5e-07 [0.1, 1e+22, 1e-07, 123456789.125, -0.0, 1000000000000000.0, 1e+16, 3.0]"
    )]
    [InlineData(
        "{{ 'ab' * 2 }} {{ 2 * 'ab' }} {{ 'ab' * -1 }}| {{ 'a' * t }} {{ [1] * 3 }} {{ [1,2] + [3] }} {{ (1,) + (2,) }}",
        "abab abab | a [1, 1, 1] [1, 2, 3] (1, 2)"
    )]
    public void Arithmetic_is_Pythons(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ 'A' ~ 1 + '2' }} {{ '1' + 2 ~ 'A' }} {{ 2 * 3 ~ 4 }} {{ 'a' ~ 'b' == 'ab' }} {{ 'x' + ' y '|trim }} {{ -n|abs }}",
        "A12 12A 64 True xy 7"
    )]
    [InlineData(
        "{{ not true or true }} {{ 1 in [1] and 2 in [2] }} {{ not 1 == 2 }} {{ not not n }} {{ not 3 is odd }} {{ 3 is odd and 4 is odd }}",
        "True True True True False False"
    )]
    [InlineData(
        "{{ 'a' if t else 'b' }} {{ 'a' if z }}| {{ 'a' if z else 'b' if n else 'c' }} {{ (1 if z) is defined }} {{ [1 if t else 2, 3] }}",
        "a | b False [1, 3]"
    )]
    [InlineData(
        "{{ 1 and 0 }} {{ 0 or 'x' }} {{ z or e or 'last' }} {{ e and 1 }}| {{ missing or 'fallback' }}",
        "0 x last | fallback"
    )]
    [InlineData(
        "{{ l|length + 1 }} {{ l|length|string + '!' }} {{ (l|length > 2) and 'many' }} {{ n is divisibleby 7 and t }}",
        "4 3! many True"
    )]
    public void Operators_bind_as_in_Jinja(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1,2] < [1,3] }} {{ [1] == (1,) }} {{ none == none }}",
        "True False True True True True False True"
    )]
    [InlineData(
        "{{ 'ell' in s }} {{ 'x' not in s }} {{ 3 in l }} {{ 'b' in d }} {{ 9 not in l }} {{ 'a' in missing }} {{ {'a': [1, {'b': 2.0}]} == {'a': [1.0, {'b': 2}]} }}",
        "True True True True True False True"
    )]
    [InlineData(
        "{{ missing == missing2 }} {{ missing == none }} {{ '😀' > '\\uffff' }} {{ 'ÿ' < 'z' }} {{ big > n }} {{ 'nan'|float < 1 }}",
        "True False True False True False"
    )]
    public void Comparisons_chain_and_compare_by_value(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ s[0] }} {{ s[-1] }} {{ s[1:4] }} {{ s[::-1] }} {{ s[::2] }} {{ s[-3:] }} {{ s[:-3] }} {{ s[10:2] }} {{ s[10:2:-1] }} {{ s[:100] }} {{ s[100:] }}|{{ s[50] }}|",
        "H d ell dlroW ,olleH Hlo ol rld Hello, Wo  lroW ,ol Hello, World ||"
    )]
    [InlineData(
        "{{ u8|length }} {{ u8[1] }} {{ u8[2] }} {{ u8[::-1] }} {{ u8[1:3] }} {{ u8|list }} {{ u8.find('b') }}",
        "5 😀 b é̈b😀a 😀b ['a', '😀', 'b', '̈', 'é'] 2"
    )]
    [InlineData(
        "{{ l[0] }} {{ l[-1] }} {{ l[1:] }} {{ l[::-1] }} {{ l[9] }}| {{ l.0 }} {{ l[:z] }} {{ l[t] }} {{ l[1.5] }}| {{ (1,2,3)[1:] }}",
        "3 2 [1, 2] [2, 1, 3] | 3 [3, 1, 2] 1 | (2, 3)"
    )]
    [InlineData(
        "{{ messages[0].content }} {{ messages[-1]['role'] }} {{ messages[5] }}| {{ messages[1:]|length }} {{ messages[::-1]|map(attribute='role')|list }}",
        "Hi <b> assistant | 1 ['assistant', 'user']"
    )]
    public void Subscripts_and_slices_count_characters_from_either_end(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ d.b }} {{ d['b'] }} {{ d.a[4] }} {{ d.missing }}| {{ d['missing'] }}| {{ {'items': 5}['items'] }} {{ {'items': 5}.items is callable }}",
        "1 1 x'y | | 5 True"
    )]
    [InlineData(
        "{{ z.x }}|{{ n.x }}|{{ s.x }}|{{ l.x }}|{{ s['x'] }}|{{ d[['x']] }}|{{ 'abc'['upper']() }}",
        "||||||ABC"
    )]
    public void An_attribute_is_a_method_first_and_a_subscript_a_key_first(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ \"a\\tb\\n\\\"q\\\" \\\\ \\x41 \\u00e9 \\101 \\q \\U0001F600\" }} {{ 'it\\'s' }} {{ 'con' 'cat' }}",
        "a\tb\n\"q\" \\ A é A \\q 😀 it's concat"
    )]
    public void Strings_are_written_with_Pythons_escapes(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ [1, 'a', none, true, 1.5, [2], {'k': (1,)}] }} {{ () }} {{ (1,) }} {{ (1,2) }} {{ {} }} {{ [] }} {{ namespace(a=1) }}",
        "[1, 'a', None, True, 1.5, [2], {'k': (1,)}] () (1,) (1, 2) {} [] <Namespace {'a': 1}>"
    )]
    [InlineData(
        "{{ none }} {{ true }} {{ missing }}| {{ [missing] }} {{ d }} {{ [\"it's\", '\"', 'a\\'\"', '\\x00\\x7f\\xa0\\u200b\\U0001F600\\ud7ff\\\\'] }}",
        "None True | [Undefined] {'b': 1, 'a': [1, 2.0, None, True, \"x'y\"], 'é': 'ü\"\\\\\\n\\t'} [\"it's\", '\"', 'a\\'\"', '\\x00\\x7f\\xa0\\u200b😀\\ud7ff\\\\']"
    )]
    public void Values_print_as_Python_prints_them(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ missing ~ 'a' ~ n ~ z ~ t ~ l }} {{ missing|length }} {{ missing|list }} {{ missing|join }}| {{ missing|upper }}| {{ missing is defined }}",
        "a7NoneTrue[3, 1, 2] 0 [] | | False"
    )]
    public void Undefined_prints_as_nothing_and_counts_as_empty(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));
}
