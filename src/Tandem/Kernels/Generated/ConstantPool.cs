using System.Runtime.InteropServices;
using Iced.Intel;

namespace Tandem.Kernels.Generated;

/// <summary>Numbers that lie behind the code and are read relative to it.</summary>
internal sealed class ConstantPool(Assembler code)
{
    private readonly List<(Label Label, byte[] Bytes)> _constants = [];

    private const int LanesMax = 8;

    /// <summary>A 32-bit number in as many lanes as instructions without broadcast read.</summary>
    public Label Number(int value)
    {
        var bytes = new byte[LanesMax * sizeof(int)];
        MemoryMarshal.Cast<byte, int>(bytes.AsSpan()).Fill(value);
        return Vector(bytes);
    }

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
