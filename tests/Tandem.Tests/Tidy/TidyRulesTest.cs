namespace Tandem.Tests.Tidy;

/// <summary>Each rule of the repository finds what it is there for, and leaves its neighbours alone.</summary>
public class TidyRulesTest
{
    private static readonly SourceFile Kernel = new(
        "src/Tandem/Kernels/Kernel.cs",
        "namespace Tandem.Kernels; public static class Kernel { public const int Rows = 4; }"
    );

    private static readonly SourceFile Engine = new(
        "src/Tandem/Serving/Engine.cs",
        "namespace Tandem.Serving; public sealed class Engine { public static int Count() => Kernels.Kernel.Rows; }"
    );

    [Theory]
    [InlineData("using Tandem.Serving; namespace Tandem.Models; class Llama;")]
    [InlineData("using E = Tandem.Serving.Engine; namespace Tandem.Models; class Llama;")]
    [InlineData("namespace Tandem.Models; class Llama { int rows = Tandem.Serving.Engine.Count(); }")]
    [InlineData("namespace Tandem.Models; class Llama { int rows = Serving.Engine.Count(); }")]
    [InlineData("using static Tandem.Serving.Engine; namespace Tandem.Models; class Llama { int rows = Count(); }")]
    public void A_layer_that_uses_a_higher_one_is_found(string code)
    {
        var lower = new SourceFile("src/Tandem/Models/Llama.cs", code);

        Assert.Contains(Layers.Violations([Kernel, Engine, lower]), line => line.Contains("Models uses"));
    }

    [Fact]
    public void A_layer_may_use_a_lower_one_and_name_a_member_like_a_layer()
    {
        var middle = new SourceFile(
            "src/Tandem/Models/Llama.cs",
            "using Tandem.Kernels; namespace Tandem.Models; class Llama { string Serving = \"\"; int A => Serving.Length + Kernel.Rows; }"
        );

        Assert.Empty(Layers.Violations([Kernel, Engine, middle]));
    }

    [Fact]
    public void A_file_beside_the_folders_uses_no_layer()
    {
        var file = new SourceFile(
            "src/Tandem/Root.cs",
            "namespace Tandem; class Root { int rows = Kernels.Kernel.Rows; }"
        );

        Assert.Contains(Layers.Violations([Kernel, file]), line => line.Contains("the root uses"));
    }

    [Theory]
    [InlineData("src/Tandem/Kernels/Odd.cs", "namespace Tandem.Plans; class Odd;", "expected its folder's")]
    [InlineData("src/Tandem/Misc/Odd.cs", "namespace Tandem.Misc; class Odd;", "not in the list")]
    public void A_file_in_the_wrong_folder_is_found(string path, string code, string complaint) =>
        Assert.Contains(Layers.Violations([new SourceFile(path, code)]), line => line.Contains(complaint));

    [Theory]
    [InlineData(70, false)]
    [InlineData(71, true)]
    public void A_function_is_long_from_its_first_line_to_its_last(int lines, bool found)
    {
        var body = string.Concat(Enumerable.Repeat("        Count();\n", lines - 3));
        var code = $"class Long\n{{\n    void Count()\n    {{\n{body}    }}\n}}\n";

        Assert.Equal(found, TidyRules.LongFunctions([new SourceFile("a.cs", code)]).Any());
    }

    [Theory]
    [InlineData("class Long { int P { get {{ {0} return 1; }} } }")]
    [InlineData("class Long { Long() {{ {0} }} }")]
    [InlineData("class Long { void M() { void Inner() {{ {0} }} } }")]
    public void Every_kind_of_function_is_measured(string shape)
    {
        var code = shape.Replace("{{", "{").Replace("}}", "}").Replace("{0}", new string('\n', 71));

        Assert.NotEmpty(TidyRules.LongFunctions([new SourceFile("a.cs", code)]));
    }

    [Fact]
    public void A_long_file_is_found()
    {
        Assert.Empty(TidyRules.LongFiles([new SourceFile("a.cs", new string('\n', 600))]));
        Assert.Single(TidyRules.LongFiles([new SourceFile("a.cs", new string('\n', 601))]));
    }

    [Theory]
    [InlineData("class Lonely { Lonely? next; }")]
    [InlineData("partial class Used { class Lonely; }", "partial class Used;")]
    [InlineData("enum Lonely { A }", "class User { int A; }")]
    [InlineData("static class Lonely { static int Twice(this int x) => 2 * x; }")]
    public void A_file_that_nothing_names_is_dead(params string[] codes)
    {
        var files = codes.Index().Select(code => new SourceFile($"{code.Index}.cs", code.Item));

        Assert.Contains(TidyRules.DeadFiles(files), line => line.StartsWith("0.cs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("class Used;", "class User { static void Main() => new Used(); }")]
    [InlineData(
        "static class Used { static int Twice(this int x) => 2 * x; }",
        "class A { static int Main() => 1.Twice(); }"
    )]
    [InlineData(
        "static class Used { extension(int x) { int Twice() => 2 * x; } }",
        "class A { static int Main() => 1.Twice(); }"
    )]
    [InlineData("public class FooTest { [Fact] public void It_works() { } }")]
    [InlineData("global using System;")]
    public void A_file_that_something_names_is_alive(params string[] codes)
    {
        var files = codes.Index().Select(code => new SourceFile($"{code.Index}.cs", code.Item));

        Assert.Empty(TidyRules.DeadFiles(files));
    }

    [Fact]
    public void Code_outside_the_projects_and_projects_outside_the_solution_are_found()
    {
        var places = TidyRules.FilesInNoProject([
            new SourceFile("Tandem.slnx", "<Project Path=\"src/A/A.csproj\" />"),
            new SourceFile("src/A/A.csproj", ""),
            new SourceFile("src/A/Inner/In.cs", ""),
            new SourceFile("src/AB/Out.cs", ""),
            new SourceFile("tools/B/B.csproj", ""),
        ]);

        Assert.Equal(["tools/B/B.csproj: Tandem.slnx does not list it", "src/AB/Out.cs: no project has it"], places);
    }

    [Theory]
    [InlineData("a.cs", "a\r\n")]
    [InlineData("a.cs", "\uFEFFa\n")]
    [InlineData("a.cs", "a")]
    [InlineData("a.md", "a \nb\n")]
    [InlineData("a.cmd", "a \r\n")]
    public void Uneven_text_is_found(string path, string text) =>
        Assert.Single(TidyRules.UnevenText([new SourceFile(path, text)]));

    [Theory]
    [InlineData("a.cs", "a\n\nb\n")]
    [InlineData("a.cmd", "a\r\nb\r\n")]
    [InlineData("empty", "")]
    public void Even_text_passes(string path, string text) =>
        Assert.Empty(TidyRules.UnevenText([new SourceFile(path, text)]));

    [Theory]
    [InlineData("/", "work/tree")]
    [InlineData("see /", "root/x")]
    [InlineData("\"/", "home/anna/model.gguf\"")]
    [InlineData("C:\\", "Users\\anna")]
    public void A_path_of_one_machine_is_found(string start, string rest) =>
        Assert.Single(TidyRules.MachinePaths([new SourceFile("a.md", $"first\n{start}{rest}/\n")]));

    [Theory]
    [InlineData("frame/work/time")]
    [InlineData("../work/x")]
    [InlineData("/usr/share/dotnet")]
    public void A_path_that_others_have_too_passes(string text) =>
        Assert.Empty(TidyRules.MachinePaths([new SourceFile("a.md", text)]));
}
