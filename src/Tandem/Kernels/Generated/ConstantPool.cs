using System.Buffers.Binary;
using Iced.Intel;

namespace Tandem.Kernels.Generated;

/// <summary>Numbers that lie behind the code and are read relative to it.</summary>
internal sealed class ConstantPool(Assembler code)
{
    private readonly List<(Label Label, byte[] Bytes)> _constants = [];

    /// <summary>A 32-bit number.</summary>
    public Label Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Vector(bytes);
    }

    /// <summary>Four times the same byte.</summary>
    public Label Bytes(byte value) => Vector([value, value, value, value]);

    /// <summary>Bytes as they are.</summary>
    public Label Vector(byte[] bytes)
    {
        foreach (var constant in _constants)
        {
            if (constant.Bytes.AsSpan().SequenceEqual(bytes))
            {
                return constant.Label;
            }
        }
        var label = code.CreateLabel();
        _constants.Add((label, bytes));
        return label;
    }

    /// <summary>Writes the constants where the assembler stands.</summary>
    public void Write()
    {
        foreach (var (label, bytes) in _constants)
        {
            var here = label;
            code.Label(ref here);
            code.db(bytes);
        }
    }
}
