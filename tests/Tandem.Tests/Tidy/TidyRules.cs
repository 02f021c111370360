using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tandem.Tests.Tidy;

/// <summary>
/// What keeps the repository readable, as functions from its files to the places where it is not kept. Each place is
/// one line that begins with the file.
/// </summary>
internal static partial class TidyRules
{
    /// <summary>The most lines that a function has, from its first line to its closing brace.</summary>
    public const int FunctionLinesMax = 70;

    /// <summary>The most lines that a code file has.</summary>
    public const int FileLinesMax = 600;

    /// <summary>Functions longer than a reader can see at once.</summary>
    public static IEnumerable<string> LongFunctions(IEnumerable<SourceFile> files) =>
        from file in files
        where file.IsCode
        from node in file.Tree.GetRoot().DescendantNodes()
        where
            node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
            || node is PropertyDeclarationSyntax { ExpressionBody: not null }
        let span = node.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > FunctionLinesMax
        select $"{file.Path}:{span.StartLinePosition.Line + 1}: a function of {lines} lines, at most {FunctionLinesMax}";

    /// <summary>Code files longer than a reader finds his way in.</summary>
    public static IEnumerable<string> LongFiles(IEnumerable<SourceFile> files) =>
        from file in files
        where file.IsCode
        let lines = file.Text.AsSpan().Count('\n')
        where lines > FileLinesMax
        select $"{file.Path}: {lines} lines, at most {FileLinesMax}";

    /// <summary>
    /// Code files of which nothing is named in any other file: no type, and no extension method, which a caller uses
    /// without its type's name. Programs and test classes are found by the runtime, so they do not count.
    /// </summary>
    public static IEnumerable<string> DeadFiles(IEnumerable<SourceFile> files)
    {
        var code = files.Where(file => file.IsCode).ToList();
        var users = code.SelectMany(file => Identifiers(file).Select(name => (name, file)))
            .ToLookup(pair => pair.name, pair => pair.file);
        foreach (var file in code)
        {
            var root = file.Tree.GetCompilationUnitRoot();
            var names = DeclaredNames(root).ToHashSet();
            var used = names.Any(name => users[name].Any(user => !DeclaresType(user, name)));
            if (names.Count > 0 && !used && !IsFoundByTheRuntime(root))
            {
                yield return $"{file.Path}: nothing names {string.Join(", ", names.Order())}";
            }
        }
    }

    /// <summary>Code that no project compiles, and projects that the solution lacks.</summary>
    public static IEnumerable<string> FilesInNoProject(IReadOnlyCollection<SourceFile> files)
    {
        var solution = files.Single(file => file.Path == "Tandem.slnx").Text;
        var projects = files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)).ToList();
        foreach (var project in projects.Where(project => !solution.Contains($"\"{project.Path}\"")))
        {
            yield return $"{project.Path}: Tandem.slnx does not list it";
        }

        var folders = projects.Select(project => string.Join('/', project.Folders) + "/").ToList();
        foreach (var file in files.Where(file => file.IsCode))
        {
            if (!folders.Any(folder => file.Path.StartsWith(folder, StringComparison.Ordinal)))
            {
                yield return $"{file.Path}: no project has it";
            }
        }
    }

    /// <summary>Carriage returns (Windows' command files apart), byte order marks, blanks at a line's end, no end of the last line.</summary>
    public static IEnumerable<string> UnevenText(IEnumerable<SourceFile> files)
    {
        foreach (var file in files)
        {
            var text = file.Text;
            if (text.Contains('\r') && !file.Path.EndsWith(".cmd", StringComparison.Ordinal))
            {
                yield return $"{file.Path}: a carriage return, lines end with a line feed alone";
            }
            if (text.StartsWith('\uFEFF'))
            {
                yield return $"{file.Path}: a byte order mark";
            }
            if (text.Length > 0 && !text.EndsWith('\n'))
            {
                yield return $"{file.Path}: the last line has no end";
            }
            if (BlankAtLineEnd().IsMatch(text))
            {
                yield return $"{file.Path}: blanks at the end of a line";
            }
        }
    }

    /// <summary>Paths that exist on one machine only.</summary>
    public static IEnumerable<string> MachinePaths(IEnumerable<SourceFile> files) =>
        from file in files
        from line in file.Text.Split('\n').Index()
        let match = MachinePath().Match(line.Item)
        where match.Success
        select $"{file.Path}:{line.Index + 1}: a path of one machine, {match.Value.Trim()}";

    private static IEnumerable<string> Identifiers(SourceFile file) =>
        file
            .Tree.GetRoot()
            .DescendantTokens()
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken))
            .Select(token => token.ValueText)
            .Distinct();

    private static IEnumerable<string> DeclaredNames(CompilationUnitSyntax root)
    {
        foreach (var node in root.DescendantNodes())
        {
            switch (node)
            {
                case BaseTypeDeclarationSyntax type when !type.Identifier.IsMissing:
                    yield return type.Identifier.ValueText;
                    break;
                case DelegateDeclarationSyntax type:
                    yield return type.Identifier.ValueText;
                    break;
                case MethodDeclarationSyntax method when IsExtension(method):
                    yield return method.Identifier.ValueText;
                    break;
            }
        }
    }

    private static bool IsExtension(MethodDeclarationSyntax method) =>
        method.Parent is ExtensionBlockDeclarationSyntax
        || method.ParameterList.Parameters.Any(parameter => parameter.Modifiers.Any(SyntaxKind.ThisKeyword));

    private static bool DeclaresType(SourceFile file, string name) =>
        DeclaredNames(file.Tree.GetCompilationUnitRoot()).Contains(name);

    private static bool IsFoundByTheRuntime(CompilationUnitSyntax root) =>
        root.Members.OfType<GlobalStatementSyntax>().Any()
        || root.DescendantNodes()
            .OfType<MethodDeclarationSyntax>()
            .Any(method =>
                method.Identifier.ValueText == "Main"
                || method
                    .AttributeLists.SelectMany(list => list.Attributes)
                    .Any(attribute => attribute.Name.ToString() is "Fact" or "Theory")
            );

    [GeneratedRegex(@"[ \t]\r?$", RegexOptions.Multiline)]
    private static partial Regex BlankAtLineEnd();

    // The letters in brackets keep the pattern from finding itself.
    [GeneratedRegex(@"(^|[^A-Za-z0-9.])/([w]ork|[r]oot|[h]ome/[a-z]+|[U]sers/[A-Za-z]+)/|[A-Z]:\\[U]sers\\")]
    private static partial Regex MachinePath();
}
