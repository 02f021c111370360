using Tandem.Serving;
using Tandem.Text.Templates;

namespace Tandem.Cli.Commands;

/// <summary>What a user says, as the token ids that a model continues.</summary>
/// <param name="engine">The model.</param>
/// <param name="template">The model's chat template; null continues text as it is.</param>
/// <param name="parseSpecial">Whether the text of control tokens means the tokens.</param>
internal sealed class PromptEncoder(Engine engine, ChatTemplate? template, bool parseSpecial)
{
    /// <summary>The ids of a conversation whose next message is the model's; without a template, of its last message alone.</summary>
    /// <exception cref="InputException">The template refuses the conversation.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        if (template is null)
        {
            return engine.Tokenizer.Encode(messages[^1].Content, addSpecial: true, parseSpecial);
        }
        var context = new TemplateContext
        {
            BosToken = Piece(engine.Tokenizer.Bos),
            EosToken = Piece(engine.Tokenizer.Eos),
            Now = TimeProvider.System.GetLocalNow().DateTime,
        };
        var chat = template.RenderChat(messages, addGenerationPrompt: true, context);
        return ChatEncoder.Encode(engine.Tokenizer, chat, parseSpecial);
    }

    private string? Piece(int? id) => id is { } known ? engine.Tokenizer.PieceText(known) : null;
}
