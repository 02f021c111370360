using Tandem.Devices;
using Tandem.Loading;
using Tandem.Models;
using Tandem.Models.Architectures;

namespace Tandem.Tests.Models;

/// <summary>
/// A decoder as the papers write it: double precision, one matrix at a time, the whole sequence at once, no cache.
/// What the engine is compared with.
/// </summary>
internal sealed class PlainDecoder(WeightFile file)
{
    private readonly DecoderShape _shape = Architecture.Read(file.Header);
    private readonly Dictionary<string, float[]> _tensors = [];

    /// <summary>The logits of every token, [tokens][vocabulary].</summary>
    public double[][] Logits(int[] tokens)
    {
        var table = Tensor("token_embd.weight");
        var hidden = tokens
            .Select(token => Row(table, token, _shape.Width).Select(value => value * _shape.EmbeddingFactor).ToArray())
            .ToArray();
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            Block(hidden, layer);
        }
        var output = file.Header.Tensors.ContainsKey("output.weight") ? "output.weight" : "token_embd.weight";
        return
        [
            .. hidden.Select(row =>
                Multiply(output, Norm("output_norm.weight", row), 0, _shape.Vocabulary).Select(Logit).ToArray()
            ),
        ];
    }

    private double Logit(double value) => Cap(value * _shape.LogitFactor, _shape.LogitCap);

    private static double Cap(double value, double cap) => cap > 0 ? cap * Math.Tanh(value / cap) : value;

    private void Block(double[][] hidden, int layer)
    {
        var prefix = $"blk.{layer}.";
        var inputs = hidden.Select(row => _shape.PreNorms ? Norm(prefix + "attn_norm.weight", row) : row).ToArray();
        Add(hidden, Attention(inputs, layer, prefix), _shape.PostNorms?.Attention, prefix);
        inputs = [.. hidden.Select(row => _shape.PreNorms ? Norm(prefix + "ffn_norm.weight", row) : row)];
        Add(hidden, [.. inputs.Select(row => FeedForward(row, prefix))], _shape.PostNorms?.FeedForward, prefix);
    }

    private void Add(double[][] hidden, double[][] products, string? norm, string prefix)
    {
        for (var row = 0; row < hidden.Length; row++)
        {
            var product = norm is null ? products[row] : Norm(prefix + norm, products[row]);
            hidden[row] = [.. hidden[row].Zip(product, (a, b) => a + _shape.ResidualFactor * b)];
        }
    }

    private double[][] Attention(double[][] inputs, int layer, string prefix)
    {
        var (width, keyWidth) = (_shape.QueryWidth, _shape.KeyWidth);
        double[] Project(string name, int fusedFirst, int rows, double[] x) =>
            _shape.FusedProjections
                ? Multiply(prefix + "attn_qkv.weight", x, fusedFirst, rows)
                : Biased(prefix + name, Multiply($"{prefix}{name}.weight", x, 0, rows));
        var queries = inputs
            .Select((x, at) => Turn(Project("attn_q", 0, width, x), prefix + "attn_q_norm.weight", layer, at))
            .ToArray();
        var keys = inputs
            .Select((x, at) => Turn(Project("attn_k", width, keyWidth, x), prefix + "attn_k_norm.weight", layer, at))
            .ToArray();
        var values = inputs.Select(x => Project("attn_v", width + keyWidth, keyWidth, x)).ToArray();
        return
        [
            .. queries.Select(
                (query, at) =>
                    Multiply(
                        prefix + "attn_output.weight",
                        Attend(query, at, keys, values, _shape.Window(layer)),
                        0,
                        _shape.Width
                    )
            ),
        ];
    }

    private double[] Attend(double[] query, int at, double[][] keys, double[][] values, int window)
    {
        var size = _shape.HeadSize;
        var result = new double[_shape.QueryWidth];
        var first = window > 0 ? Math.Max(0, at - window + 1) : 0;
        for (var head = 0; head < _shape.QueryHeads; head++)
        {
            var keyHead = head / (_shape.QueryHeads / _shape.KeyValueHeads);
            double Score(int key) =>
                Enumerable.Range(0, size).Sum(d => query[head * size + d] * keys[key][keyHead * size + d]);
            var scores = Enumerable
                .Range(first, at + 1 - first)
                .Select(key => Cap(Score(key) * _shape.AttentionScale, _shape.AttentionCap))
                .ToArray();
            var weights = scores.Select(score => Math.Exp(score - scores.Max())).ToArray();
            for (var d = 0; d < size; d++)
            {
                result[head * size + d] =
                    weights.Select((weight, i) => weight * values[first + i][keyHead * size + d]).Sum() / weights.Sum();
            }
        }
        return result;
    }

    private double[] Turn(double[] heads, string norm, int layer, int position)
    {
        var size = _shape.HeadSize;
        heads = _shape.HeadNorms switch
        {
            HeadNorms.AllHeads => Norm(norm, heads),
            HeadNorms.EachHead => [.. heads.Chunk(size).SelectMany(head => Norm(norm, head))],
            _ => heads,
        };
        if (_shape.Rotary(layer) is not { } rotary)
        {
            return heads;
        }
        var turned = heads.ToArray();
        for (var head = 0; head < heads.Length; head += size)
        {
            for (var pair = 0; pair < rotary.Pairs; pair++)
            {
                var a = head + (rotary.Halves ? pair : 2 * pair);
                var b = head + (rotary.Halves ? pair + rotary.Pairs : 2 * pair + 1);
                var (sine, cosine) = Math.SinCos(position * rotary.Frequencies[pair]);
                turned[a] = heads[a] * cosine - heads[b] * sine;
                turned[b] = heads[a] * sine + heads[b] * cosine;
            }
        }
        return turned;
    }

    private double[] FeedForward(double[] x, string prefix)
    {
        if (_shape.Experts > 0)
        {
            return Experts(x, prefix);
        }
        var rows = _shape.FeedForward;
        return _shape.FusedProjections
            ? Gated(
                x,
                (prefix + "ffn_up.weight", 0),
                (prefix + "ffn_up.weight", rows),
                (prefix + "ffn_down.weight", 0),
                rows
            )
            : Gated(
                x,
                (prefix + "ffn_gate.weight", 0),
                (prefix + "ffn_up.weight", 0),
                (prefix + "ffn_down.weight", 0),
                rows
            );
    }

    private double[] Experts(double[] x, string prefix)
    {
        var scores = Multiply(prefix + "ffn_gate_inp.weight", x, 0, _shape.Experts);
        var chosen = Enumerable
            .Range(0, _shape.Experts)
            .OrderByDescending(e => scores[e])
            .Take(_shape.ExpertsUsed)
            .ToArray();
        var total = chosen.Sum(expert => Math.Exp(scores[expert]));
        var rows = _shape.ExpertFeedForward;
        var result = new double[_shape.Width];
        foreach (var expert in chosen)
        {
            var part = Gated(
                x,
                (prefix + "ffn_gate_exps.weight", expert * rows),
                (prefix + "ffn_up_exps.weight", expert * rows),
                (prefix + "ffn_down_exps.weight", expert * _shape.Width),
                rows
            );
            result = [.. result.Zip(part, (a, b) => a + Math.Exp(scores[expert]) / total * b)];
        }
        return result;
    }

    private double[] Gated(
        double[] x,
        (string Name, int First) gate,
        (string Name, int First) up,
        (string Name, int First) down,
        int rows
    )
    {
        var gates = Multiply(gate.Name, x, gate.First, rows);
        var ups = Multiply(up.Name, x, up.First, rows);
        return Multiply(down.Name, [.. gates.Zip(ups, (a, b) => Gate(a) * b)], down.First, _shape.Width);
    }

    private double Gate(double x) =>
        _shape.Gate == GateKind.Silu
            ? x / (1 + Math.Exp(-x))
            : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private double[] Biased(string name, double[] values) =>
        file.Header.Tensors.ContainsKey(name + ".bias")
            ? [.. values.Zip(Tensor(name + ".bias"), (value, bias) => value + bias)]
            : values;

    private double[] Norm(string name, double[] x)
    {
        var factor = 1 / Math.Sqrt(x.Sum(value => value * value) / x.Length + _shape.Epsilon);
        return [.. x.Zip(Tensor(name), (value, weight) => value * factor * weight)];
    }

    private double[] Multiply(string name, double[] x, int firstRow, int rows)
    {
        var weights = Tensor(name);
        var result = new double[rows];
        for (var row = 0; row < rows; row++)
        {
            var at = (firstRow + row) * x.Length;
            for (var column = 0; column < x.Length; column++)
            {
                result[row] += weights[at + column] * x[column];
            }
        }
        return result;
    }

    private static IEnumerable<double> Row(float[] matrix, int row, int columns) =>
        matrix.Skip(row * columns).Take(columns).Select(value => (double)value);

    private float[] Tensor(string name)
    {
        if (!_tensors.TryGetValue(name, out var values))
        {
            var tensor = file.Header.Tensor(name);
            values = new float[tensor.Columns * tensor.Rows];
            tensor.Format.Decode(file.Data(tensor), values);
            _tensors.Add(name, values);
        }
        return values;
    }
}
