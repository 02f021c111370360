namespace Tandem.Examples.Images;

/// <summary>What the cut must know of a node: its operation, and the names of the tensors that it reads and makes.</summary>
internal sealed record OnnxNode(string Operation, string[] Inputs, string[] Outputs, ReadOnlyMemory<byte> Whole)
{
    /// <summary>Reads a NodeProto.</summary>
    public static OnnxNode Read(ProtobufField node)
    {
        var fields = ProtobufField.Read(node.Value).ToLookup(field => field.Number);
        return new OnnxNode(
            fields[4].Select(field => field.Text).FirstOrDefault(""),
            [.. fields[1].Select(field => field.Text)],
            [.. fields[2].Select(field => field.Text)],
            node.Whole
        );
    }
}
