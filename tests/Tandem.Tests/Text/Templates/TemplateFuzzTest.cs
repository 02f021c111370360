using Tandem.Text.Templates;

namespace Tandem.Tests.Text.Templates;

public class TemplateFuzzTest
{
    private const long BytesMax = 64L << 20;

    /// <summary>Templates of the kind that models ship with, and one with the rest of the language.</summary>
    private static readonly string[] Corpus =
    [
        """
            {{- bos_token }}{%- if messages[0].role == 'system' %}{%- set system = messages[0].content %}
            {%- set messages = messages[1:] %}{%- endif %}
            {%- for m in messages %}{%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}
            {{- raise_exception('roles must alternate') }}{%- endif %}
            {{- '<|' + m['role'] + '|>\n' + m.content|trim + '<|end|>' }}{%- endfor %}
            {%- if add_generation_prompt %}{{- '<|assistant|>\n' }}{%- endif %}
            """,
        """
            {%- macro type(spec, indent="") -%}{%- if spec.type == "array" -%}{{ type(spec['items'], indent + " ") }}[]
            {%- elif spec.type is iterable and spec.type is not string -%}{{ spec.type|join(" | ") }}
            {%- else -%}{{ spec.type or 'any' }}{%- endif -%}{%- endmacro -%}
            {%- set ns = namespace(tools=[], i=0) -%}
            {%- for t in tools|default([]) if t.function is defined -%}
            {%- set ns.tools = ns.tools + [t.function.name ~ ': ' ~ type(t.function) ~ (t|tojson(indent=2))[:-1]] -%}
            {%- set ns.i = ns.i + 1 -%}{%- else -%}none{%- endfor -%}{{ ns.tools|join('\n') }}{{ strftime_now('%d %b') }}
            """,
        """
            {% raw %}{{ x }}{% endraw %}{# c -#} {% set a, b = [1, 2.5], {'k': (1,)} %}{% set q | upper %}x{% endset %}
            {% filter replace('a', 'b') %}aa{% endfilter %}{% with c = a[::-1] %}{{ c }}{% endwith %}
            {% for k, v in b.items() recursive %}{{ k }}{% break %}{% endfor %}{% generation %}{{ q }}{% endgeneration %}
            {% macro m(x, y=2) %}{{ caller(x) }}{{ varargs }}{% endmacro %}{% call(z) m(1) %}{{ z ** 2 // 3 }}{% endcall %}
            {{ 'a' if a is sequence and 1 not in a else messages|selectattr('role', 'equalto', 'user')|list|length }}
            """,
    ];

    private static readonly string[] Pieces =
    [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{%- ",
        " -%}",
        "{# ",
        " #}",
        "'",
        "\"",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "|",
        ".",
        ":",
        ",",
        " = ",
        " == ",
        " + ",
        " ~ ",
        " * ",
        " ** ",
        " % ",
        " if ",
        " else ",
        " for x in ",
        " in ",
        " not ",
        " is ",
        " and ",
        "{% endfor %}",
        "{% endif %}",
        "{% set x = ",
        "messages",
        "loop",
        "x",
        "ns.x",
        "none",
        "true",
        "1",
        "-1",
        "99999999999",
        "1e308",
        "''",
        "range(99999)",
        "|list",
        "|tojson",
        "|length",
        "|map(",
        "|sort",
        "|string",
        ".split()",
        ".items()",
        ".append(x)",
        "\n",
        "\\",
        "é",
        "😀",
        "\0",
    ];

    [Fact]
    public void A_mutated_template_gives_text_or_an_error_within_its_bounds()
    {
        var corpus = Corpus.Concat(SharedTemplates()).ToArray();
        var count = TestRun.All ? 60_000 : 3_000;
        var rendered = 0;
        for (var i = 0; i < count; i++)
        {
            var seed = TestRun.Seed + i;
            var template = Mutate(corpus, new Random(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var chat = ChatTemplate.Parse(template).Render(Variables(), Render.Context);
                Assert.Equal(chat.Text, string.Concat(chat.Segments.Select(segment => segment.Text)));
                rendered++;
            }
            catch (InputException)
            {
                // The other way to end well.
            }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}\n{template}");
            }
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(bytes <= BytesMax, $"seed {seed}: {bytes} bytes\n{template}");
        }
        Assert.True(rendered > count / 20, $"only {rendered} of {count} mutated templates rendered");
    }

    private static IEnumerable<string> SharedTemplates() =>
        SharedData.Root is { } root && Directory.Exists(Path.Combine(root, "templates"))
            ? Directory.EnumerateFiles(Path.Combine(root, "templates"), "*.jinja").Order().Select(File.ReadAllText)
            : [];

    private static Dictionary<string, object?> Variables() =>
        new()
        {
            ["messages"] = new[]
            {
                new Dictionary<string, object?> { ["role"] = "user", ["content"] = "Hi <|end|> 😀" },
                new Dictionary<string, object?> { ["role"] = "assistant", ["content"] = "Hello" },
            },
            ["tools"] = new[]
            {
                new Dictionary<string, object?>
                {
                    ["function"] = new Dictionary<string, object?> { ["name"] = "f", ["type"] = "array" },
                },
            },
            ["add_generation_prompt"] = true,
        };

    private static string Mutate(string[] corpus, Random random)
    {
        var template = corpus[random.Next(corpus.Length)];
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(template.Length + 1);
            var length = Math.Min(template.Length - at, random.Next(1, random.Next(2, 60)));
            var other = corpus[random.Next(corpus.Length)];
            var from = random.Next(other.Length);
            template = random.Next(5) switch
            {
                0 => template.Remove(at, length),
                1 => template.Insert(at, template.Substring(at, length)),
                2 => template.Insert(at, other.Substring(from, Math.Min(other.Length - from, random.Next(100)))),
                _ => template.Insert(at, Pieces[random.Next(Pieces.Length)]),
            };
        }
        return template;
    }
}
