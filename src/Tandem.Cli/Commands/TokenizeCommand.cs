using System.CommandLine;
using System.Text;
using Tandem.Cli.Options;
using Tandem.Text;

namespace Tandem.Cli.Commands;

/// <summary><c>tandem tokenize</c>: standard input, byte for byte, to token ids, or back.</summary>
internal sealed class TokenizeCommand : Command
{
    private readonly Streams _streams;
    private readonly Option<string?> _model = NewOption.Model();
    private readonly Option<bool> _decode = NewOption.Flag(
        "--decode",
        "Ids to text: the very bytes, with no line break added."
    );
    private readonly Option<bool> _noSpecial = NewOption.Flag(
        "--no-special",
        "Adds no BOS and EOS, and reads the names of special tokens as plain text; with --decode, leaves special tokens out."
    );

    public TokenizeCommand(Streams streams)
        : base("tokenize", "Turns standard input into token ids on one line, or back.")
    {
        _streams = streams;
        Add(_model);
        Add(_decode);
        Add(_noSpecial);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var file = ModelFile.Open(parsed.GetValue(_model));
        var tokenizer = Tokenizer.From(file.Header);
        var special = !parsed.GetValue(_noSpecial);
        var input = Streams.ReadInput();
        if (parsed.GetValue(_decode))
        {
            _streams.Output.BaseStream.Write(Decode(tokenizer, input, special));
        }
        else
        {
            _streams.Output.WriteLine(
                string.Join(',', tokenizer.Encode(input, addSpecial: special, parseSpecial: special))
            );
        }
        return ExitCode.Success;
    }

    // The BOS and EOS that encoding adds are no part of the text.
    private static byte[] Decode(Tokenizer tokenizer, byte[] input, bool special)
    {
        var text = Encoding.UTF8.GetString(input);
        var ids = (
            Values.Ids(text)
            ?? throw new InputException("standard input holds something else than token ids, expected such as 1,2,3")
        ).AsSpan();
        if (tokenizer.AddsBos && ids.Length > 0 && ids[0] == tokenizer.Bos)
        {
            ids = ids[1..];
        }
        if (tokenizer.AddsEos && ids.Length > 0 && ids[^1] == tokenizer.Eos)
        {
            ids = ids[..^1];
        }
        return tokenizer.DecodeBytes(ids, special);
    }
}
