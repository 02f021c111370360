using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Tandem.Tests.Parallel;

public partial class ReadmeSampleTest
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    [Fact]
    public void The_code_that_the_readme_shows_compiles()
    {
        var samples = CodeBlock().Matches(File.ReadAllText(Path.Combine(TestRun.RepositoryRoot, "README.md"))).ToList();

        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Empty(Errors(sample.Groups[1].Value)));
    }

    private static IEnumerable<Diagnostic> Errors(string code)
    {
        var token = TestContext.Current.CancellationToken;
        var references = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var compilation = CSharpCompilation.Create(
            "Sample",
            [
                CSharpSyntaxTree.ParseText(code, cancellationToken: token),
                CSharpSyntaxTree.ParseText(ImplicitUsings, cancellationToken: token),
            ],
            references.Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication)
        );
        return compilation.GetDiagnostics(token).Where(found => found.Severity >= DiagnosticSeverity.Warning);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
