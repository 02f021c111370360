namespace Tandem.Tests.Text.Templates;

/// <summary>Filters and tests. Expected values are what Jinja 3.1 gives in the environment of Hugging Face's transformers.</summary>
public class FilterTest
{
    [Theory]
    [InlineData("[2]", "==", "eq", "equalto")]
    [InlineData("[1, 3]", "!=", "ne")]
    [InlineData("[1]", "<", "lt", "lessthan")]
    [InlineData("[1, 2]", "<=", "le")]
    [InlineData("[3]", ">", "gt", "greaterthan")]
    [InlineData("[2, 3]", ">=", "ge")]
    public void A_comparison_is_a_test_by_each_of_its_names(string expected, params string[] names) =>
        Assert.All(
            names,
            name => Assert.Equal(expected, Render.WithSample($"{{{{ [1, 2, 3]|select('{name}', 2)|list }}}}"))
        );

    [Theory]
    [InlineData(
        "{{ '  a ' | trim }}| {{ 'xax' | trim('x') }} {{ z|trim }} {{ n|trim }} {{ z|upper }} {{ 'aBc'|lower }} {{ 'aB cD'|capitalize }} {{ \"it's a-dog (x)\"|title }}",
        "a| a None 7 NONE abc Ab cd It's A-Dog (X)"
    )]
    [InlineData(
        "{{ 'a,b'|replace(',',';') }} {{ 'aaa'|replace('a','b',2) }} {{ 'abc'|replace('','-') }} {{ 'é'|upper }} {{ 'ÀB'|lower }}",
        "a;b bba -a-b-c- É àb"
    )]
    [InlineData(
        "{{ 'a\\nb\\n\\nc'|indent }}|{{ 'a\\nb'|indent(2, true) }}|{{ 'a\\n\\nb'|indent(2, blank=true) }}|{{ 'a\\nb'|indent('--') }}|{{ 'a\\nb\\n'|indent }}|",
        "a\n    b\n\n    c|  a\n  b|a\n  \n  b|a\n--b|a\n    b\n|"
    )]
    [InlineData(
        "{{ 'hello world foo'|truncate(9) }} {{ 'hello world foo'|truncate(9,true) }} {{ 'hello'|truncate(4,leeway=0) }} {{ words|wordcount }} {{ 'a'|center(6) }}|",
        "hello... hello ... h... 4   a   |"
    )]
    [InlineData(
        "{{ '<a href=\"x\">\\'&'|e }} {{ '<'|escape }} {{ 'x'|safe }} {{ '%s-%d'|format('a', 1) }} {{ n|string + 'x' }} {{ l|string }}",
        "&lt;a href=&#34;x&#34;&gt;&#39;&amp; &lt; x a-1 7x [3, 1, 2]"
    )]
    public void Filters_of_texts(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ l|first }} {{ l|last }} {{ s|first }}{{ s|last }} {{ []|first }}| {{ l|length }} {{ d|count }} {{ l|join }} {{ l|join('-') }} {{ objs|join(',', attribute='k') }}",
        "3 2 Hd | 3 3 312 3-1-2 B,a,b"
    )]
    [InlineData(
        "{{ l|reverse|list }} {{ s|reverse }} {{ d|list }} {{ d|items|list }} {{ missing|items|list }} {{ 'ab'|list }}",
        "[2, 1, 3] dlroW ,olleH ['b', 'a', 'é'] [('b', 1), ('a', [1, 2.0, None, True, \"x'y\"]), ('é', 'ü\"\\\\\\n\\t')] [] ['a', 'b']"
    )]
    [InlineData(
        "{{ l|batch(2)|list }} {{ l|batch(2,'x')|list }} {{ [1,2,3,4,5]|slice(3,'x')|list }} {{ {'b':1,'A':2}|dictsort }} {{ {'b':1,'A':2}|dictsort(true) }} {{ {'b':1,'a':2}|dictsort(by='value', reverse=true) }}",
        "[[3, 1], [2]] [[3, 1], [2, 'x']] [[1, 2], [3, 4], [5, 'x']] [('A', 2), ('b', 1)] [('A', 2), ('b', 1)] [('a', 2), ('b', 1)]"
    )]
    public void Filters_of_lists(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ objs|selectattr('v','gt',1)|list }} {{ objs|rejectattr('v','equalto',1)|map(attribute='k')|list }} {{ l|select('odd')|list }} {{ l|reject('odd')|list }} {{ [0,1,'']|select|list }}",
        "[{'k': 'B', 'v': 2}, {'k': 'b', 'v': 3}] ['B', 'b'] [3, 1] [2] [1]"
    )]
    [InlineData(
        "{{ objs|selectattr('zz')|list }} {{ objs|selectattr('zz','undefined')|list|length }} {{ none|selectattr('k')|list }} {{ messages|selectattr('role', 'in', ['user'])|list|length }}",
        "[] 3 [] 1"
    )]
    [InlineData(
        "{{ l|map('string')|list }} {{ ['a ',' b']|map('trim')|list }} {{ objs|map(attribute='zz',default='-')|list }} {{ ['ab']|map('replace','a','x')|list }} {{ none|map('trim')|list }}",
        "['3', '1', '2'] ['a', 'b'] ['-', '-', '-'] ['xb'] []"
    )]
    [InlineData(
        "{{ l|sort }} {{ l|sort(reverse=true) }} {{ ['b','A','c']|sort }} {{ ['b','A','c']|sort(case_sensitive=true) }} {{ objs|sort(attribute='k,v')|map(attribute='v')|join(',') }}",
        "[1, 2, 3] [3, 2, 1] ['A', 'b', 'c'] ['A', 'b', 'c'] 1,2,3"
    )]
    [InlineData(
        "{{ [1,2,2,'a','A']|unique|list }} {{ l|min }} {{ l|max }} {{ l|sum }} {{ objs|sum('v') }} {{ objs|max(attribute='v') }} {{ [0.5]|sum(start=1) }}",
        "[1, 2, 'a'] 1 3 6 6 {'k': 'b', 'v': 3} 1.5"
    )]
    [InlineData(
        "{% for g, items in objs|groupby('k') %}{{ g }}:{{ items|length }};{% endfor %}{% for g in objs|groupby('v') %}{{ g.grouper }}{{ g.list }}{% endfor %}",
        "a:1;B:2;1[{'k': 'a', 'v': 1}]2[{'k': 'B', 'v': 2}]3[{'k': 'b', 'v': 3}]"
    )]
    public void Filters_that_choose_order_and_group(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ '42'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ '0x1F'|int(base=16) }} {{ 'ff'|int(0,16) }} {{ '3.9'|int }} {{ 3.9|int }} {{ -3.9|int }} {{ ' 5 '|int }} {{ z|int }} {{ '1_000'|int }}",
        "42 0 7 31 255 3 3 -3 5 0 1000"
    )]
    [InlineData(
        "{{ '2.50'|float }} {{ 'x'|float }} {{ 3|float }} {{ 'x'|float(1.5) }} {{ '1e3'|float }} {{ ' inf'|float }} {{ 'nan'|float }}",
        "2.5 0.0 3.0 1.5 1000.0 inf nan"
    )]
    [InlineData(
        "{{ 2.5|round }} {{ 3.5|round }} {{ 2.567|round(2) }} {{ 2.1|round(0,'ceil') }} {{ 2.9|round(method='floor') }} {{ 42|round }} {{ 25|round(-1) }} {{ -5|abs }} {{ -5.5|abs }}",
        "2.0 4.0 2.57 3.0 2.0 42 20 5 5.5"
    )]
    [InlineData(
        "{{ z|default('x') }} {{ z|default('x',true) }} {{ e|d('y',true) }} {{ missing|default }}| {{ missing|default('d') }} {{ d.nope|default(3) }} {{ d|attr('b') }}|",
        "None x y | d 3 |"
    )]
    public void Filters_of_numbers_and_other_types(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ d|tojson }} {{ fl|tojson }} {{ [1, none, true, 'x', (1,)]|tojson }} {{ []|tojson(indent=2) }} {{ 'nan'|float|tojson }}",
        "{\"b\": 1, \"a\": [1, 2.0, null, true, \"x'y\"], \"é\": \"ü\\\"\\\\\\n\\t\"} [0.1, 1e+22, 1e-07, 123456789.125, -0.0, 1000000000000000.0, 1e+16, 3.0] [1, null, true, \"x\", [1]] [] NaN"
    )]
    [InlineData(
        "{{ d|tojson(indent=2) }} {{ {'a': {}, 'b': [[]]}|tojson(indent='\\t') }}",
        "{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2.0,\n    null,\n    true,\n    \"x'y\"\n  ],\n  \"é\": \"ü\\\"\\\\\\n\\t\"\n} {\n\t\"a\": {},\n\t\"b\": [\n\t\t[]\n\t]\n}"
    )]
    [InlineData(
        "{{ d|tojson(ensure_ascii=true) }} {{ '😀\\x7f'|tojson(ensure_ascii=true) }} {{ d|tojson(sort_keys=true,separators=(',',':')) }} {{ '<b>&\\'\\x01'|tojson }}",
        "{\"b\": 1, \"a\": [1, 2.0, null, true, \"x'y\"], \"\\u00e9\": \"\\u00fc\\\"\\\\\\n\\t\"} \"\\ud83d\\ude00\\u007f\" {\"a\":[1,2.0,null,true,\"x'y\"],\"b\":1,\"é\":\"ü\\\"\\\\\\n\\t\"} \"<b>&'\\u0001\""
    )]
    [InlineData("{{ {1:2, none:3, 2.5:4}|tojson }}", "{\"1\": 2, \"null\": 3, \"2.5\": 4}")]
    public void Tojson_prints_as_Pythons_json_does(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ 1 is number }} {{ t is number }} {{ t is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ t is boolean }} {{ 1 is boolean }} {{ t is true }} {{ 1 is true }} {{ false is false }} {{ z is none }}",
        "True True False True True True False True False True True"
    )]
    [InlineData(
        "{{ s is string }} {{ d is mapping }} {{ l is mapping }} {{ l is sequence }} {{ s is sequence }} {{ n is sequence }} {{ l is iterable }} {{ n is iterable }} {{ range is callable }}",
        "True True False True True False True False True"
    )]
    [InlineData(
        "{{ missing is undefined }} {{ missing is string }} {{ missing is iterable }} {{ missing is mapping }} {{ 'trim' is filter }} {{ 'odd' is test }} {{ 'nope' is filter }}",
        "True False True False True True False"
    )]
    public void Tests_of_types(string template, string expected) => Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ 3 is odd }} {{ 4 is even }} {{ 2.5 is odd }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 3 is eq 3 }} {{ 3 is equalto 4 }} {{ 3 is gt 2 }} {{ 3 is ne 2 }} {{ 3 is le 2 }} {{ 3 is lessthan 4 }} {{ 3 is ge(3) }}",
        "True True False True False True False True True False True True"
    )]
    [InlineData(
        "{{ 3 is in [1,3] }} {{ 3 is not in [1,3] }} {{ none is sameas none }} {{ 'ab' is lower }} {{ 'AB' is upper }} {{ '1' is lower }} {{ 3 is not odd }}",
        "True False True True True False False"
    )]
    public void Tests_of_values(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));
}
