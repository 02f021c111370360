using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;

namespace Tandem.Server;

/// <summary>Where a server listens: where the options say, or Kestrel's own configuration where that names endpoints.</summary>
internal static class Listening
{
    // So many at once do not exhaust what a process may open; Kestrel's own configuration changes it.
    private const int ConnectionsMax = 16_384;

    /// <summary>Sets up Kestrel.</summary>
    /// <exception cref="InputException">There is no such address, or strangers could reach it and there are no keys.</exception>
    public static void Set(KestrelServerOptions kestrel, IConfiguration configuration, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        // A client that reads slowly is dealt with where its answer is written.
        kestrel.Limits.MinResponseDataRate = null;
        configuration.GetSection("Kestrel:Limits").Bind(kestrel.Limits);
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().ToList();
        if (endpoints.Count > 0)
        {
            foreach (var endpoint in endpoints)
            {
                var host = BindingHost(endpoint["Url"]);
                RequireKeys(options, host, AddressOf(host) is { } address && IPAddress.IsLoopback(address));
            }
            return;
        }
        var listened =
            AddressOf(options.Host)
            ?? throw new InputException(
                $"--host: found '{options.Host}', expected an address of this machine such as 127.0.0.1, localhost, or * for all"
            );
        RequireKeys(options, options.Host, IPAddress.IsLoopback(listened));
        if (options.Host == "localhost" && options.Port != 0)
        {
            kestrel.ListenLocalhost(options.Port);
            return;
        }
        if (options.Host is "*" or "+")
        {
            // Where there is no IPv6, on IPv4 alone.
            kestrel.ListenAnyIP(options.Port);
            return;
        }
        kestrel.Listen(listened, options.Port);
    }

    // The host of Kestrel's http://*:8080, which is no URI.
    private static string BindingHost(string? url)
    {
        var rest = url?[(url.IndexOf("://", StringComparison.Ordinal) + 3)..] ?? "";
        var end = rest.StartsWith('[') ? rest.IndexOf(']') + 1 : rest.IndexOfAny([':', '/']);
        return (end > 0 ? rest[..end] : rest).Trim('[', ']');
    }

    private static void RequireKeys(ServerOptions options, string host, bool isLoopback)
    {
        if (!isLoopback && options.ApiKeyFile is null)
        {
            throw new InputException(
                $"'{host}' can be reached from other machines, and there are no keys; give --api-key-file, or listen on 127.0.0.1"
            );
        }
    }

    private static IPAddress? AddressOf(string host) =>
        host switch
        {
            "*" or "+" => IPAddress.IPv6Any,
            "localhost" => IPAddress.Loopback,
            _ => IPAddress.TryParse(host, out var address) ? address : null,
        };
}
