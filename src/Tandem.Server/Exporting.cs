using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Tandem.Server;

/// <summary>
/// Who gets what is measured: whoever asks at <c>/metrics</c>, and a collector where OpenTelemetry's own variables name one
/// (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its kin).
/// </summary>
internal static class Exporting
{
    // What .NET says of its own runtime, the pauses of the garbage collector among it.
    private const string Runtime = "System.Runtime";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds it to a server.</summary>
    public static void Set(WebApplicationBuilder builder)
    {
        var hasCollector = builder.Configuration[Endpoint] is { Length: > 0 };
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("tandem"))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name, Runtime).AddPrometheusExporter());
        if (hasCollector)
        {
            telemetry
                .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(Telemetry.Name))
                .UseOtlpExporter();
        }
    }
}
