namespace Tandem.Text.Templates;

/// <summary>What a template sees beside the conversation.</summary>
public sealed record TemplateContext
{
    /// <summary>The text of the token that begins a sequence (<c>bos_token</c>), where the model has one.</summary>
    public string? BosToken { get; init; }

    /// <summary>The text of the token that ends a sequence (<c>eos_token</c>), where the model has one.</summary>
    public string? EosToken { get; init; }

    /// <summary>
    /// The time that <c>strftime_now</c> prints. Without it that function is undefined, which templates that use it
    /// mostly allow for.
    /// </summary>
    public DateTime? Now { get; init; }
}
