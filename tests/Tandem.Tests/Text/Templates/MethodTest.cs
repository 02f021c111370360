namespace Tandem.Tests.Text.Templates;

/// <summary>Methods and global functions. Expected values are what Jinja 3.1 gives in the environment of Hugging Face's transformers.</summary>
public class MethodTest
{
    [Theory]
    [InlineData(
        "{{ s.split(',') }} {{ s.split() }} {{ words.split() }} {{ words.split(None, 1) }} {{ s.split('l', 1) }} {{ s.rsplit('l', 1) }} {{ ','.split(',') }} {{ ''.split(',') }} {{ ''.split() }}",
        "['Hello', ' World'] ['Hello,', 'World'] ['the', 'quick', 'brown', 'fox'] ['the', 'quick brown\\tfox '] ['He', 'lo, World'] ['Hello, Wor', 'd'] ['', ''] [''] []"
    )]
    [InlineData(
        "{{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ s.partition(', ') }} {{ s.rpartition('o') }} {{ s.partition('zz') }} {{ s.rpartition('zz') }}",
        "['a', 'b', '', 'c'] ['a\\n', 'b\\r\\n', '\\n', 'c'] ('Hello', ', ', 'World') ('Hello, W', 'o', 'rld') ('Hello, World', '', '') ('', '', 'Hello, World')"
    )]
    [InlineData(
        "{{ words.strip() }}|{{ words.lstrip() }}|{{ words.rstrip() }}|{{ 'xxaxx'.strip('x') }} {{ 'xyaxy'.strip('yx') }} {{ 'xxa'.lstrip('x') }} {{ 'axx'.rstrip('x') }}",
        "the  quick brown\tfox|the  quick brown\tfox | the  quick brown\tfox|a a a a"
    )]
    [InlineData(
        "{{ '-'.join(['a','b']) }} {{ ''.join([]) }} {{ '|'.join(d.keys()) }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.py'.removesuffix('.py') }} {{ 'x'.removesuffix('y') }}",
        "a-b  b|a|é x x x"
    )]
    public void Texts_are_cut_and_joined(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ s.capitalize() }} {{ s.swapcase() }} {{ \"it's a dog\".title() }} {{ 'É'.casefold() }}",
        "HELLO, WORLD hello, world Hello, World Hello, world hELLO, wORLD It'S A Dog é"
    )]
    [InlineData(
        "{{ 'a'.center(6) }}|{{ 'a'.center(5) }}|{{ 'ab'.center(5) }}|{{ 'a'.ljust(4,'.') }}|{{ 'a'.rjust(4) }}|{{ '7'.zfill(3) }}|{{ '-7'.zfill(4) }}|",
        "  a   |  a  |  ab |a...|   a|007|-007|"
    )]
    public void Texts_change_case_and_width(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ s.startswith('He') }} {{ s.endswith('ld') }} {{ s.startswith(('x','H')) }} {{ s.startswith('l', 2) }} {{ s.endswith('o', 0, 5) }} {{ s.count('l') }} {{ s.count('') }}",
        "True True True True True 3 13"
    )]
    [InlineData(
        "{{ s.find('o') }} {{ s.rfind('o') }} {{ s.find('z') }} {{ s.find('o', 5) }} {{ s.find('o', -3) }} {{ s.index('W') }} {{ s.rindex('l') }} {{ u8.rfind('é') }}",
        "4 8 -1 8 -1 7 10 4"
    )]
    [InlineData(
        "{{ s.replace('l','L') }} {{ s.replace('l','L',1) }} {{ s.replace('','-') }} {{ ''.replace('','-') }} {{ s.replace('o','') }} {{ u8.replace('','-') }}",
        "HeLLo, WorLd HeLlo, World -H-e-l-l-o-,- -W-o-r-l-d- - Hell, Wrld -a-😀-b-̈-é-"
    )]
    [InlineData(
        "{{ 'abc'.isalpha() }} {{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'ab'.islower() }} {{ 'AB'.isupper() }} {{ ''.isalpha() }} {{ 'é'.isascii() }} {{ '½'.isnumeric() }} {{ '²'.isdigit() }} {{ '²'.isdecimal() }}",
        "True True True True True True False False True True False"
    )]
    public void Texts_are_searched(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ '{} and {}'.format(1, 'b') }} {{ '{1}{0}'.format('a','b') }} {{ '{x}'.format(x=3) }} {{ '{{}}'.format() }}",
        "1 and b ba 3 {}"
    )]
    [InlineData(
        "{{ '%s=%d' % ('a', 5) }} {{ '%5.2f|%-5s|%05d|%x|%X|%e' % (3.14159, 'ab', 42, 255, 255, 12345.678) }} {{ '%(a)s' % {'a': 1} }} {{ '%s' % 'x' }} {{ '%%' % () }} {{ '%r %.2s' % ('q', 'abc') }} {{ '%+d % d' % (3, 4) }}",
        "a=5  3.14|ab   |00042|ff|FF|1.234568e+04 1 x % 'q' ab +3  4"
    )]
    public void Texts_are_formatted(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ d.items()|list }} {{ d.keys()|list }} {{ d.values()|list }} {{ d.get('b') }} {{ d.get('q') }} {{ d.get('q', 5) }} {{ d.copy() == d }}",
        "[('b', 1), ('a', [1, 2.0, None, True, \"x'y\"]), ('é', 'ü\"\\\\\\n\\t')] ['b', 'a', 'é'] [1, [1, 2.0, None, True, \"x'y\"], 'ü\"\\\\\\n\\t'] 1 None 5 True"
    )]
    [InlineData("{{ l.index(1) }} {{ l.count(3) }} {{ (1,2).index(2) }} {{ l.copy() }}", "1 1 1 [3, 1, 2]")]
    public void Dictionaries_and_lists_are_read(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));

    [Theory]
    [InlineData(
        "{{ range(5)|list }} {{ range(2,8,3)|list }} {{ range(5,0,-2)|list }} {{ range(0)|list }} {{ dict(a=1,b=2) }} {{ dict({'a':1}, c=2) }} {{ dict([('x',1)]) }}",
        "[0, 1, 2, 3, 4] [2, 5] [5, 3, 1] [] {'a': 1, 'b': 2} {'a': 1, 'c': 2} {'x': 1}"
    )]
    [InlineData(
        "{{ strftime_now('%Y-%m-%d %H:%M:%S') }} {{ strftime_now('%d %b %Y') }} {{ strftime_now('%A %B %-d %j %y %I %p %a %e %U %W %w %u') }} {{ strftime_now('100%') }} {{ strftime_now('%c|%x|%X|%D|%F|%T|%R') }}",
        "2026-01-15 09:05:07 15 Jan 2026 Thursday January 15 015 26 09 AM Thu 15 02 02 4 4 100% Thu Jan 15 09:05:07 2026|01/15/26|09:05:07|01/15/26|2026-01-15|09:05:07|09:05"
    )]
    public void Global_functions(string template, string expected) =>
        Assert.Equal(expected, Render.WithSample(template));
}
