using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tandem.Tests.Tidy;

/// <summary>
/// The engine's layers are the folders under src/Tandem; a lower one never uses a higher one. Names are resolved as
/// the compiler resolves them, so an alias, a global using or a half-qualified name hides nothing.
/// </summary>
internal static class Layers
{
    /// <summary>From the lowest to the highest.</summary>
    public static readonly string[] Order =
    [
        "Memory",
        "Formats",
        "Kernels",
        "Plans",
        "Parallel",
        "Devices",
        "Models",
        "Loading",
        "Text",
        "Scheduling",
        "Planning",
        "Serving",
    ];

    private const string Engine = "src/Tandem/";

    // The engine's project has these by ImplicitUsings.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>Where a lower layer uses a higher one, or a file's namespace is not its folder's.</summary>
    public static IEnumerable<string> Violations(IEnumerable<SourceFile> files)
    {
        var engine = files
            .Where(file => file.IsCode && file.Path.StartsWith(Engine, StringComparison.Ordinal))
            .ToList();
        var compilation = CSharpCompilation.Create(
            "Engine",
            [.. engine.Select(file => file.Tree), CSharpSyntaxTree.ParseText(ImplicitUsings)],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true)
        );
        return engine.SelectMany(file => Violations(file, compilation.GetSemanticModel(file.Tree))).Distinct();
    }

    private static IEnumerable<string> Violations(SourceFile file, SemanticModel model)
    {
        // Files beside the folders may be used by every layer, so they use none.
        var layer = LayerOf(file);
        var own = layer is null ? -1 : Array.IndexOf(Order, layer);
        if (layer is not null && own < 0)
        {
            yield return $"{file.Path}: {layer} is not in the list of layers";
        }

        var root = file.Tree.GetRoot(TestContext.Current.CancellationToken);
        var expected = string.Join('.', file.Folders.Skip(1));
        foreach (var declared in root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
        {
            if (declared.Name.ToString() != expected)
            {
                yield return $"{file.Path}: namespace {declared.Name}, expected its folder's, {expected}";
            }
        }

        foreach (var name in root.DescendantNodes().OfType<SimpleNameSyntax>())
        {
            var used = LayerOf(model.GetSymbolInfo(name).Symbol);
            if (used is not null && Array.IndexOf(Order, used) > own)
            {
                var line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                yield return $"{file.Path}:{line}: {layer ?? "the root"} uses {name} of {used}, a higher layer";
            }
        }
    }

    private static string? LayerOf(SourceFile file) => file.Folders is [_, _, var layer, ..] ? layer : null;

    private static string? LayerOf(ISymbol? symbol)
    {
        var space = symbol as INamespaceSymbol ?? symbol?.ContainingNamespace;
        var names = space?.ToDisplayString().Split('.');
        return names is ["Tandem", var layer, ..] && Order.Contains(layer) ? layer : null;
    }

    private static IEnumerable<MetadataReference> References()
    {
        var trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return trusted
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Tandem", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
    }
}
