using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Tandem.Tests.Tidy;

/// <summary>A text file of the repository.</summary>
/// <param name="Path">Relative to the repository's root, with forward slashes.</param>
/// <param name="Text">What it holds.</param>
internal sealed record SourceFile(string Path, string Text)
{
    private SyntaxTree? _tree;

    /// <summary>True for C#.</summary>
    public bool IsCode => Path.EndsWith(".cs", StringComparison.Ordinal);

    /// <summary>The parsed file; only for C#.</summary>
    public SyntaxTree Tree => _tree ??= CSharpSyntaxTree.ParseText(Text, CSharpParseOptions.Default, Path);

    /// <summary>The folders that the path goes through.</summary>
    public string[] Folders => Path.Split('/')[..^1];
}
