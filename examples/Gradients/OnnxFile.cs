namespace Tandem.Examples.Gradients;

/// <summary>
/// Writes a <see cref="ConvNet"/> as an ONNX model, from "image", [N, 1, 28, 28], to "logits", [N, 10]. Numbers of fields are those of
/// <c>onnx.proto</c> in the ONNX specification.
/// </summary>
internal static class OnnxFile
{
    private const int IrVersion = 8;
    private const int OperatorSet = 13;
    private const int FloatType = 1;
    private const int IntegerAttribute = 2;
    private const int IntegersAttribute = 7;

    /// <summary>The model's bytes.</summary>
    /// <param name="parameters">As <see cref="ParameterLayout"/> says.</param>
    public static byte[] Write(float[] parameters)
    {
        var model = new ProtobufWriter();
        model.Number(1, IrVersion);
        model.Text(2, "Tandem");
        model.Message(7, graph => WriteGraph(graph, parameters));
        model.Message(8, operators => operators.Number(2, OperatorSet));
        return model.ToArray();
    }

    private static void WriteGraph(ProtobufWriter graph, float[] parameters)
    {
        Node(graph, "Conv", "first", ["image", "first.weight", "first.bias"]);
        Node(graph, "Relu", "first.relu", ["first"]);
        Node(graph, "MaxPool", "first.pool", ["first.relu"], ("kernel_shape", [2, 2]), ("strides", [2, 2]));
        Node(graph, "Conv", "second", ["first.pool", "second.weight", "second.bias"]);
        Node(graph, "Relu", "second.relu", ["second"]);
        Node(graph, "MaxPool", "second.pool", ["second.relu"], ("kernel_shape", [2, 2]), ("strides", [2, 2]));
        Node(graph, "Flatten", "features", ["second.pool"]);
        Node(graph, "Gemm", "logits", ["features", "matrix.weight", "matrix.bias"], ("transB", [1]));
        graph.Text(2, "digits");
        var (first, second) = (ConvNet.First, ConvNet.Second);
        Tensor("first.weight", ParameterLayout.FirstWeights, [first.Outputs, first.Inputs, first.Kernel, first.Kernel]);
        Tensor("first.bias", ParameterLayout.FirstBias, [first.Outputs]);
        Tensor(
            "second.weight",
            ParameterLayout.SecondWeights,
            [second.Outputs, second.Inputs, second.Kernel, second.Kernel]
        );
        Tensor("second.bias", ParameterLayout.SecondBias, [second.Outputs]);
        Tensor("matrix.weight", ParameterLayout.MatrixWeights, [ConvNet.Classes, ConvNet.Features]);
        Tensor("matrix.bias", ParameterLayout.MatrixBias, [ConvNet.Classes]);
        graph.Message(11, value => Value(value, "image", [1, DigitPainter.Side, DigitPainter.Side]));
        graph.Message(12, value => Value(value, "logits", [ConvNet.Classes]));

        void Tensor(string name, Range range, int[] shape) =>
            graph.Message(5, tensor => WriteTensor(tensor, name, shape, parameters[range]));
    }

    // A node has one output and bears its name.
    private static void Node(
        ProtobufWriter graph,
        string operation,
        string output,
        string[] inputs,
        params (string Name, int[] Values)[] attributes
    ) =>
        graph.Message(
            1,
            node =>
            {
                foreach (var input in inputs)
                {
                    node.Text(1, input);
                }
                node.Text(2, output);
                node.Text(3, output);
                node.Text(4, operation);
                foreach (var (name, values) in attributes)
                {
                    node.Message(5, attribute => WriteAttribute(attribute, name, values));
                }
            }
        );

    // One number is an integer, several are a list of them.
    private static void WriteAttribute(ProtobufWriter attribute, string name, int[] values)
    {
        attribute.Text(1, name);
        foreach (var value in values)
        {
            attribute.Number(values.Length == 1 ? 3 : 8, value);
        }
        attribute.Number(20, values.Length == 1 ? IntegerAttribute : IntegersAttribute);
    }

    private static void WriteTensor(ProtobufWriter tensor, string name, int[] shape, float[] values)
    {
        foreach (var length in shape)
        {
            tensor.Number(1, length);
        }
        tensor.Number(2, FloatType);
        tensor.Text(8, name);
        tensor.Floats(9, values);
    }

    private static void Value(ProtobufWriter value, string name, int[] shapeAfterBatch)
    {
        value.Text(1, name);
        value.Message(
            2,
            type =>
                type.Message(
                    1,
                    tensor =>
                    {
                        tensor.Number(1, FloatType);
                        tensor.Message(
                            2,
                            shape =>
                            {
                                shape.Message(1, dimension => dimension.Text(2, "N"));
                                foreach (var length in shapeAfterBatch)
                                {
                                    shape.Message(1, dimension => dimension.Number(1, length));
                                }
                            }
                        );
                    }
                )
        );
    }
}
