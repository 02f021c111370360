using Tandem.Examples.Gradients;

namespace Tandem.Examples.Images;

/// <summary>
/// An ONNX model cut in two: everything up to the input of its last matrix product finds features, and the rest classifies them. Nothing
/// of the graph is changed but where it begins and ends. Numbers of fields are those of <c>onnx.proto</c> in the ONNX specification.
/// </summary>
/// <param name="Features">A model from the images to the features.</param>
/// <param name="Classifier">A model from the features to the classes' scores.</param>
/// <param name="Tensor">The name of the features.</param>
internal sealed record OnnxCut(byte[] Features, byte[] Classifier, string Tensor)
{
    private const int GraphField = 7; // of a model; the others are a graph's
    private const int NodeField = 1;
    private const int InitializerField = 5;
    private const int InitializerName = 8; // of a TensorProto
    private const int InputField = 11;
    private const int OutputField = 12;
    private const int ValueInfoField = 13;
    private const int FloatType = 1;

    /// <summary>Cuts a model.</summary>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="name">What errors call it by.</param>
    /// <exception cref="InputException">The bytes are no ONNX model, or it has no such place to cut.</exception>
    public static OnnxCut Make(byte[] model, string name)
    {
        try
        {
            return Make([.. ProtobufField.Read(model)], name);
        }
        catch (InvalidDataException error)
        {
            throw new InputException($"{name} is no ONNX model: {error.Message}", error);
        }
    }

    private static OnnxCut Make(List<ProtobufField> model, string name)
    {
        var graph = ProtobufField.Read(model.Find(field => field.Number == GraphField).Value).ToList();
        var nodes = graph.Where(field => field.Number == NodeField).Select(OnnxNode.Read).ToList();
        // Nodes stand in an order in which they can be computed.
        var product =
            nodes.FindLast(node => node.Operation is "Gemm" or "MatMul" && node.Inputs.Length > 0)
            ?? throw new InputException($"{name} has no matrix product (Gemm or MatMul) to cut it at");
        var tensor = product.Inputs[0];
        var before = Needed(nodes, tensor);
        var after = nodes.Where(node => !before.Contains(node)).ToList();
        RefuseOtherCrossings(before, after, tensor, name);
        return new OnnxCut(
            Part(model, graph, before, OutputField, tensor),
            Part(model, graph, after, InputField, tensor),
            tensor
        );
    }

    // The nodes without which the tensor cannot be computed.
    private static HashSet<OnnxNode> Needed(List<OnnxNode> nodes, string tensor)
    {
        var (wanted, needed) = (new HashSet<string> { tensor }, new HashSet<OnnxNode>());
        foreach (var node in nodes.AsEnumerable().Reverse().Where(node => node.Outputs.Any(wanted.Contains)))
        {
            needed.Add(node);
            wanted.UnionWith(node.Inputs);
        }
        return needed;
    }

    private static void RefuseOtherCrossings(HashSet<OnnxNode> before, List<OnnxNode> after, string tensor, string name)
    {
        var made = before.SelectMany(node => node.Outputs).ToHashSet();
        var crossing = after
            .SelectMany(node => node.Inputs)
            .FirstOrDefault(input => input != tensor && made.Contains(input));
        if (before.Count == 0 || crossing is not null)
        {
            throw new InputException(
                $"{name} cannot be cut at '{tensor}': {(crossing is null ? "nothing comes before it" : $"'{crossing}' crosses the cut too")}"
            );
        }
    }

    // A model with some of the nodes and what they read; the cut replaces the graph's inputs or its outputs.
    private static byte[] Part(
        List<ProtobufField> model,
        List<ProtobufField> graph,
        IReadOnlyCollection<OnnxNode> nodes,
        int cutField,
        string tensor
    )
    {
        var read = nodes.SelectMany(node => node.Inputs).ToHashSet();
        var kept = nodes.Select(node => node.Whole).ToHashSet();
        var part = new ProtobufWriter();
        foreach (var field in graph.Where(Stays))
        {
            part.Raw(field.Whole.Span);
        }
        part.Message(cutField, value => WriteFeatures(value, tensor));

        var result = new ProtobufWriter();
        foreach (var field in model.Where(field => field.Number != GraphField))
        {
            result.Raw(field.Whole.Span);
        }
        result.Bytes(GraphField, part.ToArray());
        return result.ToArray();

        bool Stays(ProtobufField field) =>
            field.Number switch
            {
                NodeField => kept.Contains(field.Whole),
                InitializerField => read.Contains(NameIn(field, InitializerName)),
                // Old models name their initializers among the inputs.
                InputField => read.Contains(NameIn(field, 1)),
                OutputField => cutField != OutputField,
                ValueInfoField => false,
                _ => true,
            };
    }

    private static string NameIn(ProtobufField message, int field) =>
        ProtobufField.Read(message.Value).FirstOrDefault(inner => inner.Number == field).Text;

    // Floats of any shape.
    private static void WriteFeatures(ProtobufWriter value, string tensor)
    {
        value.Text(1, tensor);
        value.Message(2, type => type.Message(1, floats => floats.Number(1, FloatType)));
    }
}
