using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Tandem.Cli.Commands;

namespace Tandem.Cli;

/// <summary>
/// The options of <c>tandem serve</c> from where .NET programs have them: the section <c>Tandem</c> of <c>appsettings.json</c>, and the
/// environment (<c>Tandem__CacheMemory=2G</c> is <c>--cache-memory 2G</c>). What the command line says counts more.
/// </summary>
internal static class ServeConfiguration
{
    private const string Section = "Tandem";

    /// <summary>The arguments with the options that the configuration adds; those of other commands as they are.</summary>
    /// <param name="arguments">The program's arguments.</param>
    /// <param name="root">The commands.</param>
    /// <exception cref="InputException">The configuration makes no sense.</exception>
    public static string[] Complete(string[] arguments, RootCommand root)
    {
        if (arguments is not ["serve", .. var given])
        {
            return arguments;
        }
        var options = root.Subcommands.OfType<ServeCommand>().Single().Options;
        var added = new List<string>();
        foreach (var setting in Read().GetSection(Section).GetChildren())
        {
            var option =
                options.FirstOrDefault(option => Plain(option.Name) == Plain(setting.Key))
                ?? throw new InputException(
                    $"the configuration has {Section}:{setting.Key}, which is no option; see 'tandem serve --help'"
                );
            if (!given.Any(word => word == option.Name || word.StartsWith(option.Name + "=", StringComparison.Ordinal)))
            {
                added.AddRange(Arguments(option, setting));
            }
        }
        return ["serve", .. added, .. given];
    }

    private static IConfigurationRoot Read()
    {
        // As the server itself reads it.
        var environment =
            Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? "Production";
        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(Environment.CurrentDirectory)
                .AddJsonFile("appsettings.json", optional: true)
                .AddJsonFile($"appsettings.{environment}.json", optional: true)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (InvalidDataException error)
        {
            throw new InputException($"{error.Message} {error.GetBaseException().Message}", error);
        }
    }

    private static IEnumerable<string> Arguments(Option option, IConfigurationSection setting)
    {
        if (option.ValueType == typeof(bool))
        {
            return bool.TryParse(setting.Value, out var value)
                ? value
                    ? [option.Name]
                    : []
                : throw new InputException($"{setting.Path}: found '{setting.Value}', expected true or false");
        }
        var values = setting.Value is { } one ? [one] : setting.GetChildren().Select(child => child.Value ?? "");
        return values.Select(value => $"{option.Name}={value}");
    }

    private static string Plain(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
