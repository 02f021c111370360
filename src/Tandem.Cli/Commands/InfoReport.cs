using System.Text.Json.Serialization;
using Tandem.Loading;
using Tandem.Serving;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem info --json</c> prints.</summary>
/// <param name="Model">What the file says.</param>
/// <param name="Memory">What it needs; null where the engine cannot run it.</param>
/// <param name="Kernels">What multiplies with quantised weights on this machine.</param>
internal sealed record InfoReport(ModelSummary Model, MemoryNeeds? Memory, string Kernels);

[JsonSerializable(typeof(InfoReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class InfoReportJson : JsonSerializerContext;
