namespace Tandem.Tests.Text.Templates;

/// <summary>
/// Lists and dictionaries that a template changes. Transformers' own environment forbids it, yet models ship with
/// templates that do it and that other implementations render.
/// </summary>
public class ContainerTest
{
    [Theory]
    [InlineData("{% set x = [1] %}{% set _ = x.append(2) %}{{ x }}{{ x.append(3) }}{{ x|length }}", "[1, 2]None3")]
    [InlineData("{% set x = [1, 2, 3] %}{{ x.pop() }}{{ x.pop(0) }}{{ x }}", "31[2]")]
    [InlineData("{% set x = [2] %}{% set _ = x.insert(0, 1) %}{% set _ = x.extend(x) %}{{ x }}", "[1, 2, 1, 2]")]
    [InlineData(
        "{% set x = [3, 1, 2] %}{% set _ = x.sort() %}{% set _ = x.reverse() %}{% set _ = x.remove(2) %}{{ x }}",
        "[3, 1]"
    )]
    [InlineData("{% set x = [1] %}{% set _ = x.clear() %}{{ x }}{{ (1,).append is defined }}", "[]False")]
    [InlineData(
        "{% set x = {'a': 1} %}{% set _ = x.update({'b': 2}, c=3) %}{{ x }}{{ x.pop('a') }}{{ x.pop('q', 0) }}{{ x }}",
        "{'a': 1, 'b': 2, 'c': 3}10{'b': 2, 'c': 3}"
    )]
    [InlineData(
        "{% set x = {} %}{{ x.setdefault('a', 1) }}{{ x.setdefault('a', 2) }}{% set _ = x.clear() %}{{ x }}",
        "11{}"
    )]
    [InlineData(
        "{% set x = [1] %}{% for i in x %}{% if i < 4 %}{% set _ = x.append(i + 1) %}{% endif %}{{ i }}{% endfor %}",
        "1234"
    )]
    public void A_template_can_change_its_own_containers(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Fact]
    public void A_change_does_not_reach_the_callers_variables()
    {
        var list = new List<object?> { 1 };
        var template = Tandem.Text.Templates.ChatTemplate.Parse("{{ l.append(2) }}{{ l }}");
        var variables = new Dictionary<string, object?> { ["l"] = list };
        Assert.Equal("None[1, 2]", template.Render(variables, Render.Context).Text);
        Assert.Equal("None[1, 2]", template.Render(variables, Render.Context).Text);
        Assert.Single(list);
    }

    [Theory]
    [InlineData("{{ {1: 'a', 1.0: 'b', true: 'c'} }}", "{1: 'c'}")]
    [InlineData("{{ {(1, 2): 'x'}[(1, 2)] }}{{ {2.5: 'y'}[2.5] }}{{ {none: 'z'}[none] }}", "xyz")]
    [InlineData("{{ {'a': 1, 'b': 2, 'a': 3} }}", "{'a': 3, 'b': 2}")]
    public void Equal_keys_are_one(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));
}
