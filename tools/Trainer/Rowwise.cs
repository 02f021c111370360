using System.Runtime.Intrinsics;

namespace Tandem.Trainer;

/// <summary>
/// The operations that work on one row at a time, each beside its derivative. Widths are multiples of 16.
/// </summary>
internal static unsafe class Rowwise
{
    private const int Lanes = 16;

    /// <summary>y = x / rms(x) · gain (Zhang and Sennrich, 2019).</summary>
    public static void Norm(float* x, float* gain, float* y, int rows, int width)
    {
        for (var row = 0; row < rows; row++, x += width, y += width)
        {
            var scale = Vector512.Create(InverseRms(x, width));
            for (var i = 0; i < width; i += Lanes)
            {
                (Vector512.Load(x + i) * scale * Vector512.Load(gain + i)).Store(y + i);
            }
        }
    }

    /// <summary>Adds the gradients of a norm's input and of its gains.</summary>
    /// <param name="x">The norm's input, [rows, width].</param>
    /// <param name="gain">[width].</param>
    /// <param name="dy">Gradient of the output, [rows, width].</param>
    /// <param name="dx">Gradient of the input, added to, [rows, width].</param>
    /// <param name="dGain">Gradient of the gains, added to, [width].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Length of a row.</param>
    public static void NormBack(float* x, float* gain, float* dy, float* dx, float* dGain, int rows, int width)
    {
        for (var row = 0; row < rows; row++, x += width, dy += width, dx += width)
        {
            var inverse = InverseRms(x, width);
            var products = Vector512<float>.Zero;
            for (var i = 0; i < width; i += Lanes)
            {
                products += Vector512.Load(dy + i) * Vector512.Load(gain + i) * Vector512.Load(x + i);
            }
            var scale = Vector512.Create(inverse);
            var pull = Vector512.Create(Vector512.Sum(products) * inverse * inverse * inverse / width);
            for (var i = 0; i < width; i += Lanes)
            {
                var input = Vector512.Load(x + i);
                var gradient = Vector512.Load(dy + i);
                (Vector512.Load(dGain + i) + (gradient * input * scale)).Store(dGain + i);
                var change = (gradient * Vector512.Load(gain + i) * scale) - (input * pull);
                (Vector512.Load(dx + i) + change).Store(dx + i);
            }
        }
    }

    /// <summary>gated = silu(gate) · up (Shazeer, 2020); gate and up lie side by side in a row.</summary>
    public static void Gate(float* gateUp, float* gated, int rows, int width)
    {
        for (var row = 0; row < rows; row++, gateUp += 2 * width, gated += width)
        {
            for (var i = 0; i < width; i += Lanes)
            {
                var gate = Vector512.Load(gateUp + i);
                (gate * Sigmoid(gate) * Vector512.Load(gateUp + width + i)).Store(gated + i);
            }
        }
    }

    /// <summary>Gradients of gate and up from that of the gated activation.</summary>
    public static void GateBack(float* gateUp, float* dGated, float* dGateUp, int rows, int width)
    {
        for (var row = 0; row < rows; row++, gateUp += 2 * width, dGateUp += 2 * width, dGated += width)
        {
            for (var i = 0; i < width; i += Lanes)
            {
                var gate = Vector512.Load(gateUp + i);
                var gradient = Vector512.Load(dGated + i);
                var sigmoid = Sigmoid(gate);
                var slope = sigmoid * (Vector512<float>.One + (gate * (Vector512<float>.One - sigmoid)));
                (gradient * Vector512.Load(gateUp + width + i) * slope).Store(dGateUp + i);
                (gradient * gate * sigmoid).Store(dGateUp + width + i);
            }
        }
    }

    /// <summary>Softmax of scale · scores over the first entries of a row; the rest becomes 0.</summary>
    /// <param name="scores">Scores, replaced by probabilities, [width].</param>
    /// <param name="count">Entries that take part.</param>
    /// <param name="width">Entries written, a multiple of 16.</param>
    /// <param name="scale">Multiplies the scores.</param>
    /// <returns>Logarithm of the sum of exponentials of the scaled scores.</returns>
    public static float Softmax(float* scores, int count, int width, float scale)
    {
        var largest = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
        {
            largest = MathF.Max(largest, scores[i]);
        }
        for (var i = count; i < width; i++)
        {
            scores[i] = float.NegativeInfinity;
        }
        var shift = Vector512.Create(largest);
        var factor = Vector512.Create(scale);
        var sums = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes)
        {
            var exponentials = Vector512.Exp((Vector512.Load(scores + i) - shift) * factor);
            exponentials.Store(scores + i);
            sums += exponentials;
        }
        var sum = Vector512.Sum(sums);
        var inverse = Vector512.Create(1 / sum);
        for (var i = 0; i < width; i += Lanes)
        {
            (Vector512.Load(scores + i) * inverse).Store(scores + i);
        }
        return (largest * scale) + MathF.Log(sum);
    }

    /// <summary>Gradient of a softmax's scores, in place of that of its probabilities.</summary>
    public static void SoftmaxBack(float* probabilities, float* gradient, int width, float scale)
    {
        var products = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes)
        {
            products += Vector512.Load(probabilities + i) * Vector512.Load(gradient + i);
        }
        var mean = Vector512.Create(Vector512.Sum(products));
        var factor = Vector512.Create(scale);
        for (var i = 0; i < width; i += Lanes)
        {
            var change = Vector512.Load(probabilities + i) * (Vector512.Load(gradient + i) - mean) * factor;
            change.Store(gradient + i);
        }
    }

    /// <summary>to += from.</summary>
    public static void Add(float* from, float* to, int length)
    {
        for (var i = 0; i < length; i += Lanes)
        {
            (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        }
    }

    private static float InverseRms(float* x, int width)
    {
        var squares = Vector512<float>.Zero;
        for (var i = 0; i < width; i += Lanes)
        {
            squares += Vector512.Load(x + i) * Vector512.Load(x + i);
        }
        return 1 / MathF.Sqrt((Vector512.Sum(squares) / width) + NetworkShape.NormEpsilon);
    }

    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-x));
}
