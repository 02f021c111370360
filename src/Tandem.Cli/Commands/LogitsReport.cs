using System.Text.Json.Serialization;

namespace Tandem.Cli.Commands;

/// <summary>What <c>tandem logits --json</c> prints.</summary>
internal sealed record LogitsReport(string Plan, int Tokens, int Vocabulary, IReadOnlyList<WorkerReport> Workers);

[JsonSerializable(typeof(LogitsReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class LogitsReportJson : JsonSerializerContext;
