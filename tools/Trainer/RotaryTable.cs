using System.Runtime.Intrinsics;

namespace Tandem.Trainer;

/// <summary>
/// Rotary position embedding of neighbouring pairs (Su et al., 2021), as llama files have it: value 2i and 2i + 1 of
/// a head turn by position · base^(−2i / head width).
/// </summary>
internal sealed unsafe class RotaryTable : IDisposable
{
    private const int Lanes = 16;
    private readonly int _headWidth;

    // [context, head width]: each cosine twice; each sine twice, the first time negative.
    private readonly FloatBuffer _cosines;
    private readonly FloatBuffer _sines;

    /// <summary>The table for a network's context.</summary>
    public RotaryTable(NetworkShape shape)
    {
        _headWidth = shape.HeadWidth;
        _cosines = new FloatBuffer((long)shape.Context * _headWidth);
        _sines = new FloatBuffer((long)shape.Context * _headWidth);
        for (var position = 0; position < shape.Context; position++)
        {
            for (var i = 0; i < _headWidth; i += 2)
            {
                var angle = position * Math.Pow(NetworkShape.RopeBase, -(double)i / _headWidth);
                var at = (position * _headWidth) + i;
                _cosines.Data[at] = _cosines.Data[at + 1] = (float)Math.Cos(angle);
                _sines.Data[at + 1] = (float)Math.Sin(angle);
                _sines.Data[at] = -_sines.Data[at + 1];
            }
        }
    }

    /// <summary>Turns queries and keys of one row in place.</summary>
    /// <param name="row">Queries then keys, head by head, [2 × width].</param>
    /// <param name="length">2 × width.</param>
    /// <param name="position">Position in the document.</param>
    /// <param name="back">Turns the other way, as a gradient does.</param>
    public void Turn(float* row, int length, int position, bool back)
    {
        var cosine = _cosines.Data + ((long)position * _headWidth);
        var sine = _sines.Data + ((long)position * _headWidth);
        var swap = Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
        for (var head = 0; head < length; head += _headWidth)
        {
            for (var i = 0; i < _headWidth; i += Lanes)
            {
                var values = Vector512.Load(row + head + i);
                var turned = Vector512.Shuffle(values, swap) * Vector512.Load(sine + i);
                var kept = values * Vector512.Load(cosine + i);
                (back ? kept - turned : kept + turned).Store(row + head + i);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _cosines.Dispose();
        _sines.Dispose();
    }
}
