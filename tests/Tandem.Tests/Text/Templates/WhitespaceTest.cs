namespace Tandem.Tests.Text.Templates;

/// <summary>Blanks around tags. Expected values are what Jinja 3.1 gives in the environment of Hugging Face's transformers.</summary>
public class WhitespaceTest
{
    [Theory]
    [InlineData("  {% if true %}  \n x\n  {% endif %}  \n y\n", "  \n x\n  \n y")]
    [InlineData("a\n  {# c #}\nb\n   {#- d #}\nc {# e #}\nd\n", "a\nbc d")]
    [InlineData("{% if true %}\n\n  a\n{% endif %}\n", "\n  a\n")]
    [InlineData("a{% if true %} {% if true %}\n{% endif %}\n  {% endif %}b", "a b")]
    [InlineData("\t{% if true %}\tx\t{% endif %}\t\n", "\tx\t\t")]
    [InlineData("{% if true %}a{% endif %}\n{% if true %}b{% endif %}\n", "ab")]
    [InlineData("  {{ n }}\n  {{ n }}\n", "  7\n  7")]
    [InlineData("{% set a %}\n line\n{% endset %}[{{ a }}]", "[ line\n]")]
    public void A_block_takes_the_line_end_after_it_and_the_indentation_before_it(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("a  {%- if true -%}  b  {%- endif -%}  c", "abc")]
    [InlineData("a  {%+ if true +%}  b  {%+ endif +%}  c", "a    b    c")]
    [InlineData("a {{- ' b ' -}} c", "a b c")]
    [InlineData("{# c #}  x {#- d -#}  y", "  xy")]
    [InlineData(
        "{%- for x in [1,2] %}\n  {{ x }}\n{%- endfor %}\n\n{% for x in [1,2] -%}\n  {{ x }}\n{% endfor -%}\nend\n",
        "  1  2\n1\n2\nend"
    )]
    [InlineData("  {{ n }}\n  {%+ if true %}\nq\n  {%+ endif %}\n r", "  7\n  q\n   r")]
    [InlineData("   {%- set x = 1 %}\n   {% set y = 2 -%}   \n  z", "z")]
    [InlineData("{%- if true %} {#- x -#} {%+ endif %}  z", "  z")]
    [InlineData("{{ 'multi\nline' }}\n  {{- ' x' }}\n", "multi\nline x")]
    [InlineData("a {#+ c +#} b\n{# d +#}\ne", "a  b\n\ne")]
    public void A_minus_takes_all_blanks_and_a_plus_keeps_them(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("x\r\ny\r{% if true %}\r\nz{% endif %}\n\n", "x\ny\nz")]
    [InlineData("{{ n }}\n", "7")]
    [InlineData("{{ n }}\n\n", "7\n")]
    [InlineData("\n\n{% set x = 1 %}\n\n", "\n\n")]
    [InlineData("a\r", "a")]
    [InlineData("{{ '\\r\\n'|length }}", "2")]
    public void Line_ends_become_line_feeds_and_the_last_one_is_dropped(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{% raw %}{{ not }} {% if %}{% endraw %}|{%- raw -%}  x  {%- endraw -%}  |", "{{ not }} {% if %}|x|")]
    [InlineData(" {% raw %}\n a {{ x }}\n {% endraw %}\n b", "\n a {{ x }}\n b")]
    [InlineData("{% raw %}{% raw %}{% endraw %}", "{% raw %}")]
    [InlineData("{%- raw %} {# x #} {%- endraw +%}\n", " {# x #}")]
    public void A_raw_block_is_text(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData("{{ '{{' }} { { } } {{ '}}' }}", "{{ { { } } }}")]
    [InlineData("{% set x = {'a': {'b': 1}} %}{{ x.a.b }}{{ {'a': {'b': 1}}['a']['b'] }}", "11")]
    [InlineData("{{ '%}' }}{% set x = '%}' %}{{ x }}", "%}%}")]
    [InlineData("{ {% if true %}{%endif%}}{", "{ }{")]
    public void Marks_of_tags_in_strings_and_dictionaries_are_no_tags(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));
}
