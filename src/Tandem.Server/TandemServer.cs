using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Tandem.Serving;
using Tandem.Serving.OpenAi;

namespace Tandem.Server;

/// <summary>
/// OpenAI's API over HTTP. It listens at once, and answers from when its model is loaded until it is drained.
/// </summary>
public sealed class TandemServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly ServerState _state = new();
    private readonly WebApplication _application;

    /// <summary>A server that does not listen yet.</summary>
    /// <param name="options">What it serves, and where.</param>
    /// <exception cref="InputException">The file of keys makes no sense.</exception>
    public TandemServer(ServerOptions options)
    {
        _options = options;
        var builder = WebApplication.CreateBuilder();
        // Signals are the program's.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<RequestLog>();
        builder.Services.AddSingleton(_ => new Telemetry(_state, options));
        Exporting.Set(builder);
        SetLogging(builder.Logging);
        builder.WebHost.ConfigureKestrel((context, kestrel) => Listening.Set(kestrel, context.Configuration, options));
        if (options.CorsOrigins.Count > 0)
        {
            builder.Services.AddCors();
        }
        _application = builder.Build();
        Routes.Map(_application, _state, options);
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public IReadOnlyList<string> Addresses =>
        [
            .. _application
                .Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses,
        ];

    /// <summary>All that can be asked.</summary>
    internal IReadOnlyList<Endpoint> Endpoints =>
        [.. ((IEndpointRouteBuilder)_application).DataSources.SelectMany(source => source.Endpoints)];

    /// <summary>Begins to listen.</summary>
    /// <exception cref="InputException">
    /// The address cannot be had, or strangers could reach it and there are no keys.
    /// </exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        try
        {
            await _application.StartAsync(cancellation);
        }
        catch (Exception error) when (error is IOException or SocketException or AddressInUseException)
        {
            throw new InputException($"cannot listen: {error.Message}", error);
        }
    }

    /// <summary>Loads the model; from then on requests are answered.</summary>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <returns>The engine, which is the server's to dispose.</returns>
    /// <exception cref="InputException">The options contradict each other, the file makes no sense, or the memory does not suffice.</exception>
    public async Task<Engine> LoadAsync(IProgress<double>? progress, CancellationToken cancellation)
    {
        var engine = await Engine.LoadAsync(_options.Engine, progress, cancellation);
        try
        {
            var id = _options.Alias ?? Path.GetFileNameWithoutExtension(engine.Header.Source);
            var model = ServedModel.Of(engine, id) with { Limits = _options.Limits };
            Settle();
            _state.Loaded = new Loaded(engine, model);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Cancelled when the next request is taken.</summary>
    public CancellationToken Asked => _state.Asked;

    /// <summary>Completes when no request has been there for a while; from then on <see cref="Asked"/> is of the next one.</summary>
    /// <param name="quiet">How long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public Task IdleAsync(TimeSpan quiet, TimeProvider time, CancellationToken cancellation) =>
        _state.IdleAsync(quiet, time, cancellation);

    /// <summary>Takes no more requests, and lets those that run come to their end within the drain's limit; then ends them.</summary>
    public async Task DrainAsync()
    {
        var idle = _state.DrainAsync();
        try
        {
            await idle.WaitAsync(_options.DrainTimeout, _options.Time);
        }
        catch (TimeoutException)
        {
            await _state.EndAsync();
        }
        await _application.StopAsync(CancellationToken.None);
    }

    /// <summary>Stops listening, and releases the model.</summary>
    public async ValueTask DisposeAsync()
    {
        await _state.EndAsync();
        await _application.DisposeAsync();
        if (_state.Loaded is { } loaded)
        {
            await loaded.Engine.DisposeAsync();
        }
        _state.Dispose();
    }

    // What was loaded stays, and is moved to where what stays is: a collection for each generation on the way. Otherwise the first
    // collections among answers would do it, and stop all streams for it.
    private static void Settle()
    {
        for (var generation = 0; generation < GC.MaxGeneration; generation++)
        {
            GC.Collect();
        }
    }

    // Everything but results goes to standard error, and what the framework says of every request is not told twice.
    private static void SetLogging(ILoggingBuilder logging)
    {
        logging.Services.Configure<ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace
        );
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // What keeps a server from starting is the program's to tell.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
