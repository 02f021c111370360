namespace Tandem.Examples.Gradients;

/// <summary>Where each part of a <see cref="ConvNet"/> lies in the vector of its parameters.</summary>
internal static class ParameterLayout
{
    /// <summary>[8, 1, 5, 5]</summary>
    public static readonly Range FirstWeights = ..ConvNet.First.Weights;

    /// <summary>[8]</summary>
    public static readonly Range FirstBias = After(FirstWeights, ConvNet.First.Outputs);

    /// <summary>[16, 8, 5, 5]</summary>
    public static readonly Range SecondWeights = After(FirstBias, ConvNet.Second.Weights);

    /// <summary>[16]</summary>
    public static readonly Range SecondBias = After(SecondWeights, ConvNet.Second.Outputs);

    /// <summary>[10, 256]</summary>
    public static readonly Range MatrixWeights = After(SecondBias, ConvNet.Classes * ConvNet.Features);

    /// <summary>[10]</summary>
    public static readonly Range MatrixBias = After(MatrixWeights, ConvNet.Classes);

    /// <summary>How many parameters there are.</summary>
    public static readonly int Count = MatrixBias.End.Value;

    private static Range After(Range range, int length) => range.End..(range.End.Value + length);
}
