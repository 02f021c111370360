namespace Tandem.Text;

/// <summary>What kind of token an id is: the values of <c>tokenizer.ggml.token_type</c> in the GGUF specification.</summary>
internal enum TokenType : byte
{
    /// <summary>A piece of ordinary text.</summary>
    Normal = 1,

    /// <summary>Stands for what the vocabulary cannot say; often also fills holes in it.</summary>
    Unknown = 2,

    /// <summary>Steers the model (begin of sequence, end of turn); it is no text.</summary>
    Control = 3,

    /// <summary>A text that is always one token, found before the rest is split.</summary>
    UserDefined = 4,

    /// <summary>Reserved, and never text.</summary>
    Unused = 5,

    /// <summary>A single byte, for text that no other piece covers.</summary>
    Byte = 6,
}
