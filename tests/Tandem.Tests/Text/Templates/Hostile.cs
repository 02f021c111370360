namespace Tandem.Tests.Text.Templates;

/// <summary>Templates that try to take a machine's time, memory or stack. Each is named after what it attacks.</summary>
internal static class Hostile
{
    private const int Many = 40_000;
    private const string Ns = "{% set ns = namespace(s=[1], t=[1]) %}";
    private const string LongText = "{% set s = 'a' * 1000000 %}";
    private const string LongList = "{% set x = range(100000)|list %}";

    /// <summary>The templates by name.</summary>
    public static IReadOnlyDictionary<string, string> Templates { get; } =
        Depth().Concat(Growth()).Concat(Work()).Concat(Output()).Concat(Source()).ToDictionary();

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    /// <summary>A statement done very often, after others.</summary>
    private static string Often(string before, string statement) =>
        $"{before}{{% for i in range(100000) %}}{statement}{{% endfor %}}";

    /// <summary>As <see cref="Often"/>, with an expression.</summary>
    private static string OftenSet(string before, string expression) => Often(before, $"{{% set y = {expression} %}}");

    private static Dictionary<string, string> Depth() =>
        new()
        {
            ["parentheses"] = $"{{{{ {Repeat("(", Many)}{Repeat(")", Many)} }}}}",
            ["lists"] = $"{{{{ {Repeat("[", Many)} }}}}",
            ["dictionaries"] = $"{{{{ {Repeat("{1:", Many)} }}}}",
            ["signs"] = $"{{{{ {Repeat("-", Many)}1 }}}}",
            ["nots"] = $"{{{{ {Repeat("not ", Many)}1 }}}}",
            ["calls"] = $"{{{{ {Repeat("a(", Many)} }}}}",
            ["subscripts"] = $"{{{{ {Repeat("a[", Many)} }}}}",
            ["targets"] = $"{{% for {Repeat("(", Many)}a in b %}}",
            ["ifs"] = Repeat("{% if 1 %}", 20_000),
            ["fors"] = Repeat("{% for a in [1] %}", 10_000),
            ["sums"] = $"{{{{ {Repeat("1+", Many)}1 }}}}",
            ["ands"] = $"{{{{ {Repeat("1 and ", Many)}1 }}}}",
            ["filters"] = $"{{{{ 1{Repeat("|string", 30_000)} }}}}",
            ["attributes"] = $"{{{{ d{Repeat(".get", Many)} }}}}",
            ["conditions"] = $"{{{{ {Repeat("1 if 0 else ", 20_000)}1 }}}}",
            ["macro"] = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            ["two macros"] = "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
            ["default of a macro"] = "{% macro m(a=m()) %}{% endmacro %}{{ m() }}",
            ["caller"] =
                "{% macro m() %}{{ caller() }}{% endmacro %}"
                + "{% macro r() %}{% call m() %}{{ r() }}{% endcall %}{% endmacro %}{{ r() }}",
            ["recursive loop"] = "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            ["list in itself"] = "{% set x = [] %}{% set _ = x.append(x) %}{{ x }}",
            ["dictionary in itself"] = "{% set x = {} %}{% set _ = x.update(a=x) %}{{ x|tojson }}",
            ["equal cycles"] =
                "{% set x = [] %}{% set _ = x.append(x) %}{% set y = [] %}{% set _ = y.append(y) %}{{ x == y }}",
            ["ordered cycles"] =
                "{% set x = [] %}{% set _ = x.append(x) %}{% set y = [] %}{% set _ = y.append(y) %}{{ [x, y]|sort }}",
            ["namespace in itself"] = "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
            ["list in list"] = Often(Ns, "{% set ns.s = [ns.s] %}") + "{{ ns.s }}",
            ["tuple as key"] = Often(Ns, "{% set ns.t = (ns.t,) %}") + "{{ {ns.t: 1}[ns.t] }}",
        };

    private static Dictionary<string, string> Growth() =>
        new()
        {
            ["range"] = "{{ range(1000000000) }}",
            ["huge range"] = "{{ range(0, 10**300, 1) }}",
            ["doubled text"] = Often("{% set ns = namespace(s='ab') %}", "{% set ns.s = ns.s + ns.s %}"),
            ["doubled list"] = Often(Ns, "{% set ns.s = ns.s + ns.s %}"),
            ["repeated text"] = "{{ 'a' * 1000000000 }}",
            ["repeated list"] = "{{ [0] * 1000000000 }}",
            ["repeated beyond measure"] = "{{ ('a' * 1000) * (10 ** 200) }}",
            ["much repeated text"] = OftenSet("", "'a' * 1000000"),
            ["list read while it grows"] = "{% set x = [1] %}{% for i in x %}{% set _ = x.append(1) %}{% endfor %}",
            ["power"] = "{{ 9 ** 9 ** 9 ** 9 }}",
            ["large power"] = "{{ 2 ** 1000000000 }}",
            ["squares"] = Often("{% set ns = namespace(s=3) %}", "{% set ns.s = ns.s * ns.s %}"),
            ["replacement"] = Often("{% set ns = namespace(s='a') %}", "{% set ns.s = ns.s.replace('a', 'aa') %}"),
            ["replacement of nothing"] = LongText + "{{ s.replace('', s) }}",
            ["graph printed"] = Often(
                Ns,
                "{% set ns.s = [ns.s, ns.s] %}{% if loop.index == 60 %}{{ ns.s }}{% endif %}"
            ),
            ["graph as json"] = Often(
                Ns,
                "{% set ns.s = [ns.s, ns.s] %}{% if loop.index == 60 %}{{ ns.s|tojson }}{% endif %}"
            ),
            ["graphs compared"] = Often(
                Ns,
                "{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}"
                    + "{% if loop.index == 60 %}{{ ns.s == ns.t }}{% endif %}"
            ),
            ["indentation"] = "{{ ('a\n' * 1000000)|indent(1000000) }}",
            ["indented json"] = "{{ [[[[1]]]]|tojson(indent=1000000000) }}",
            ["wide field"] = "{{ '%1000000000s' % 'a' }}",
            ["precise field"] = "{{ '%.1000000000f' % 1.5 }}",
            ["centre"] = "{{ 'a'.center(1000000000) }}",
            ["zeros"] = "{{ 'a'.zfill(2000000000) }}",
            ["join"] = "{{ (['']*1000000)|join('a'*1000) }}",
            ["batch"] = "{{ [1]|batch(2000000000, 'x') }}",
            ["slices"] = "{{ [1]|slice(2000000000)|list }}",
            ["characters"] = "{{ ('a' * 2000000)|list|length }}",
            ["parts"] = "{{ ('a' * 2000000).split('a')|length }}",
            ["lines"] = "{{ ('\\n' * 2000000).splitlines()|length }}",
            ["borders"] = "{{ ((d ~ 'x') * 1000000)|length }}",
            ["path of a filter"] = "{{ [1]|map(attribute='a.' * 1000000)|list }}",
            ["paths of a filter"] = "{{ [1]|sort(attribute='a,' * 1000000) }}",
            ["date"] = "{{ strftime_now('%A' * 1000000) }}",
        };

    private static Dictionary<string, string> Work() =>
        new()
        {
            ["empty loops"] = Often("", Often("", "")),
            ["fan of macros"] =
                "{% macro m(n) %}{% if n > 0 %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}",
            ["fan of loops"] = "{% for x in [1,2] recursive %}{{ loop([1,2]) }}{% endfor %}",
            ["search"] = LongText + "{{ ('a' * 500000 + 'b') in s }}",
            ["strip"] = LongText + "{{ s.strip('b' * 1000000 + 'a') }}",
            ["title"] = OftenSet(LongText, "s|title"),
            ["upper"] = OftenSet(LongText, "s|upper"),
            ["is lower"] = OftenSet(LongText, "s is lower"),
            ["classes"] = OftenSet(LongText, "s.isalpha()"),
            ["equal texts"] = OftenSet(LongText + "{% set t = 'a' * 1000000 %}", "s == t"),
            ["long key"] = OftenSet(LongText + "{% set d = {s: 1} %}", "d[s]"),
            ["long slice"] = OftenSet(LongText, "s[1:]"),
            ["count"] = OftenSet(LongText, "s.count('a')"),
            ["partition"] = OftenSet(LongText, "s.partition('a')"),
            ["wide characters"] = OftenSet("{% set s = '\\U0001F600' * 500000 %}", "s[400000]"),
            ["sort"] = OftenSet(LongList, "x|sort"),
            ["list slice"] = OftenSet(LongList, "x[1:]"),
            ["membership"] = OftenSet(LongList, "'q' in x"),
            ["map"] = OftenSet(LongList, "x|map('string')|list"),
            ["select"] = OftenSet(LongList, "x|select('odd')|list"),
            ["reverse"] = OftenSet(LongList, "x|reverse"),
            ["unique"] = OftenSet(LongList, "x|unique"),
            ["pop"] = OftenSet(LongList, "x.pop(0)"),
            ["insert"] = OftenSet("{% set x = [] %}", "x.insert(0, 1)"),
            ["many keys"] = OftenSet("{% set d = {} %}", "d.update({i * 1000003: i})"),
            ["division"] = OftenSet("{% set a = 2**1023 %}", "a // 3"),
            ["large integers"] = OftenSet("{% set a = 2**1023 %}", "a|string"),
            ["dates"] = OftenSet("", "strftime_now('%A %B %c' * 100)"),
            ["parameters"] =
                $"{{% macro m({string.Join(',', Enumerable.Range(0, 5000).Select(i => $"a{i}"))}) %}}{{% endmacro %}}"
                + OftenSet("", $"m({string.Join(',', Enumerable.Range(0, 2000).Select(i => $"a{i}=1"))})"),
            ["variables"] = Often(
                string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{% set a{i} = 1 %}}")),
                "{% set y = a4999 %}"
            ),
        };

    private static Dictionary<string, string> Output() =>
        new()
        {
            ["output"] = Often("", "{{ 'a' * 10000 }}"),
            ["small output"] = Often("", Often("", "x")),
            ["message"] = "{{ raise_exception('a' * 100000000) }}",
            ["set block"] = Often("", "{% set y %}{{ 'a' * 100000 }}{% endset %}"),
            ["filter block"] = Often("", "{% filter upper %}a{% endfilter %}"),
        };

    private static Dictionary<string, string> Source() =>
        new()
        {
            ["length"] = new string('a', 300_000),
            ["open comments"] = Repeat("{# ", Many),
            ["open string"] = "{{ '" + new string('"', 200_000),
            ["open tags"] = Repeat("{{", Many),
            ["braces"] = new string('{', 250_000),
            ["raw blocks"] = Repeat("{% raw %}", 20_000),
            ["ends that are none"] = "{% raw %}" + Repeat("{% ", Many),
            ["blanks"] = "{%- if 1 -%}" + new string(' ', 200_000) + "{%- endif -%}",
            ["blanks before tags"] = Repeat(new string(' ', 200) + "{% if 1 %}", 1000),
            ["digits"] = $"{{{{ {new string('9', 200_000)} }}}}",
            ["float"] = $"{{{{ 1e{new string('9', 200_000)} }}}}",
            ["long name"] = Often("", $"{{{{ {new string('a', 100_000)} }}}}"),
            ["long attribute"] = Often("", $"{{{{ d['{new string('a', 100_000)}'] }}}}"),
            ["branches"] = "{% if 0 %}" + Repeat("{% elif 0 %}", 20_000) + "{% endif %}",
            ["items"] = $"{{{{ [{Repeat("1,", 100_000)}] }}}}",
            ["entries"] = $"{{{{ {{{Repeat("1:1,", 60_000)}}} }}}}",
            ["tags"] = Repeat("{{a}}", 50_000),
            ["parts of a text"] = $"{{{{ {Repeat("1~", 100_000)}1 }}}}",
            ["arguments"] = $"{{{{ 1|default({Repeat("1,", 100_000)}) }}}}",
        };
}
