using Iced.Intel;

namespace Tandem.Kernels.Generated;

/// <summary>What the kernel of a tile is assembled for.</summary>
/// <param name="Code">Takes the instructions.</param>
/// <param name="Constants">Where constants go.</param>
/// <param name="Set">The instructions that there are.</param>
/// <param name="Convention">How the kernel is called.</param>
internal sealed record TileTarget(
    Assembler Code,
    ConstantPool Constants,
    InstructionSet Set,
    CallingConvention Convention
);
