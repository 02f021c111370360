using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Tandem.Kernels.Generated;

/// <summary>
/// The frame of a kernel for a tile of some groups of rows and some tokens: entry and exit, the registers, where tokens lie, and
/// storing the outputs. The outputs of a tile stay in registers, a vector of rows and a token a register, from the first
/// column to the last.
/// </summary>
internal abstract class TileAssembler
{
    private const int TokensABase = 3;
    private const int CacheLineBytes = 64;

    // Farther than memory takes to answer, near enough that little is asked for in vain where a thread's part ends.
    private const int StreamAheadBytes = 8 << 10;

    // Where the processor reads the stream ahead itself as well.
    private const int StreamAheadBesideBytes = 4 << 10;

    // The packed weights of the first group, and of the second.
    private static readonly AssemblerRegister64[] _weights = [rsi, rdi];

    // Where the next tile's weights lie, group by group.
    private static readonly AssemblerRegister64[] _ahead = [r14, r15];

    private readonly KernelFrame _frame;
    private readonly InstructionSet _set;
    private readonly int _groups;
    private int _firstVector; // of those that are being multiplied

    protected TileAssembler(TileTarget target, TileSize size)
    {
        (Code, _set) = (target.Code, target.Set);
        _frame = new KernelFrame(Code, target.Convention, [rbx, rbp, r12, r13, r14, r15]);
        (_groups, Tokens) = (size.Groups, size.Tokens);
        Vectors = size.Vectors;
        Simd = new VectorAssembler(target.Code, target.Constants, target.Set);
    }

    /// <summary>Takes the instructions.</summary>
    protected Assembler Code { get; }

    /// <summary>Takes those on vectors.</summary>
    protected VectorAssembler Simd { get; }

    /// <summary>Vectors of the tile's rows that are multiplied together: 1 or 2.</summary>
    protected int Vectors { get; }

    /// <summary>Tokens of the tile.</summary>
    protected int Tokens { get; }

    /// <summary>A register beside those of the outputs, to compute in.</summary>
    protected static int Temporary => 0;

    /// <summary>Weights or scales of a vector of rows.</summary>
    protected static int Loaded(int vector) => 1 + vector;

    /// <summary>What all vectors of rows share of a token.</summary>
    protected static int Shared => 3;

    /// <summary>How often the loop still runs.</summary>
    protected static AssemblerRegister64 Count => r13;

    /// <summary>A register for the loop within the loop.</summary>
    protected static AssemblerRegister64 Offset => r12;

    /// <summary>The sum of a vector of rows and a token.</summary>
    protected int Output(int vector, int token) => Numbered(0, vector, token);

    /// <summary>A second register of each vector of rows and token.</summary>
    protected int Product(int vector, int token) => Numbered(1, vector, token);

    /// <summary>A third one.</summary>
    protected int PairSum(int vector, int token) => Numbered(2, vector, token);

    /// <summary>Packed bytes of a vector of rows.</summary>
    /// <param name="vector">Which.</param>
    /// <param name="offset">Where those of the group's first row lie.</param>
    /// <param name="rowBytes">Bytes from a row to the next.</param>
    /// <param name="index">A register that counts the bytes which a loop has passed; null for none.</param>
    protected AssemblerMemoryOperand Rows(int vector, int offset, int rowBytes, AssemblerRegister64? index = null)
    {
        var (group, part) = Math.DivRem(_firstVector + vector, _set.VectorsAGroup);
        var bytes = offset + part * _set.VectorBytes / sizeof(int) * rowBytes;
        return index is { } passed ? _weights[group] + passed + bytes : _weights[group] + bytes;
    }

    /// <summary>
    /// Tokens from which on a tile asks for the next one's weights where it does not ask along its stream. With fewer the weights are
    /// read so fast that the processor's own reading ahead is better; the more work it is to take them out, the fewer these are.
    /// </summary>
    protected abstract int AheadTokensMin { get; }

    /// <summary>
    /// Whether one token asks along its stream also where the processor reads streams best unasked: taking weights out is so much work that its
    /// own reading ahead falls behind.
    /// </summary>
    protected virtual bool OneTokenAsksAlongStream => false;

    /// <summary>Assembles the kernel; returns the label at its beginning.</summary>
    public Label Assemble()
    {
        var start = Code.CreateLabel();
        Code.Label(ref start);
        _frame.Enter();
        Code.mov(r11, _frame.Argument);
        for (_firstVector = 0; _firstVector < _groups * _set.VectorsAGroup; _firstVector += Vectors)
        {
            LoadArguments();
            ForEachOutput((vector, token) => Simd.Clear(Output(vector, token)));
            AddProducts();
            StoreOutputs();
        }
        _frame.Leave();
        return start;
    }

    /// <summary>Adds all columns' products to the outputs.</summary>
    protected abstract void AddProducts();

    /// <summary>Does something for each vector of rows and token of the tile.</summary>
    protected void ForEachOutput(Action<int, int> action)
    {
        for (var vector = 0; vector < Vectors; vector++)
        {
            for (var token = 0; token < Tokens; token++)
            {
                action(vector, token);
            }
        }
    }

    /// <summary>Activations of a token; three tokens are a base and strides from it, six two bases.</summary>
    protected static AssemblerMemoryOperand Input(int token, int bytes) => Token(token, rax, rdx, rcx, 1) + bytes;

    /// <summary>Scales of a token.</summary>
    protected static AssemblerMemoryOperand Scale(int token, int bytes) => Token(token, r8, r9, r10, 1) + bytes;

    /// <summary>Sums of a token; there are twice as many as scales.</summary>
    protected static AssemblerMemoryOperand Sum(int token, int bytes) => Token(token, rbx, rbp, r10, 2) + bytes;

    /// <summary>Goes on by some bytes in each token's activations.</summary>
    protected void AdvanceInput(int bytes) => Advance(rax, rdx, bytes);

    /// <summary>Goes on by some bytes in each token's scales.</summary>
    protected void AdvanceScales(int bytes) => Advance(r8, r9, bytes);

    /// <summary>Goes on by some bytes in each token's sums.</summary>
    protected void AdvanceSums(int bytes) => Advance(rbx, rbp, bytes);

    /// <summary>Goes on by some bytes in each group's weights.</summary>
    protected void AdvanceWeights(int bytes)
    {
        for (var group = 0; group < _groups; group++)
        {
            Code.add(_weights[group], bytes);
            if (AsksForNextTile)
            {
                Code.add(_ahead[group], bytes);
            }
        }
    }

    /// <summary>
    /// Asks for weights long before they are needed: few tokens, which wait for memory alone, for those some way on in the one stream
    /// they read, past the second cache; more tokens for as much of the next tile's as is read of this one's. Beyond the end this asks
    /// in vain, without harm.
    /// </summary>
    /// <param name="offset">From where on; a register counts the bytes that a loop has passed.</param>
    /// <param name="bytes">How many.</param>
    protected void ReadAhead(Func<AssemblerRegister64, AssemblerMemoryOperand> offset, int bytes)
    {
        var ahead = _set.AsksAlongStreams ? StreamAheadBytes : StreamAheadBesideBytes;
        for (var line = 0; AsksAlongStream && line < bytes; line += CacheLineBytes)
        {
            Code.prefetchnta(__byte_ptr[offset(_weights[0]) + (ahead + line)]);
        }
        for (var group = 0; AsksForNextTile && group < _groups; group++)
        {
            for (var line = 0; line < bytes; line += CacheLineBytes)
            {
                Code.prefetcht1(__byte_ptr[offset(_ahead[group]) + line]);
            }
        }
    }

    private bool AsksAlongStream =>
        _groups == 1
        && (_set.AsksAlongStreams ? Tokens <= MatrixKernel.OneStreamTokensMax : OneTokenAsksAlongStream && Tokens == 1);

    // Once, whatever the number of times that this tile's weights are gone through.
    private bool AsksForNextTile => !AsksAlongStream && Tokens >= AheadTokensMin && _firstVector == 0;

    private static AssemblerMemoryOperand Token(
        int token,
        AssemblerRegister64 first,
        AssemblerRegister64 fourth,
        AssemblerRegister64 stride,
        int strides
    )
    {
        var from = token < TokensABase ? first : fourth;
        return (token % TokensABase) switch
        {
            0 => from + 0,
            1 => from + stride * strides,
            _ => from + stride * (2 * strides),
        };
    }

    private int Numbered(int kind, int vector, int token) =>
        _set.Registers - 1 - (kind * Vectors + vector) * Tokens - token;

    private void Advance(AssemblerRegister64 first, AssemblerRegister64 fourth, int bytes)
    {
        Code.add(first, bytes);
        if (Tokens > TokensABase)
        {
            Code.add(fourth, bytes);
        }
    }

    private void LoadArguments()
    {
        Load(_weights[0], nameof(KernelArguments.Group));
        Load(_weights[1], nameof(KernelArguments.GroupBytes));
        if (AsksForNextTile)
        {
            Code.imul(_ahead[1], _weights[1], _groups);
            Code.lea(_ahead[0], __[_weights[0] + _ahead[1]]);
        }
        Code.add(_weights[1], _weights[0]);
        if (AsksForNextTile)
        {
            Code.add(_ahead[1], _weights[1]);
        }
        Load(Count, nameof(KernelArguments.Count));
        Load(rax, nameof(KernelArguments.Input));
        Load(rcx, nameof(KernelArguments.InputStride));
        Load(r8, nameof(KernelArguments.Scales));
        Load(rbx, nameof(KernelArguments.Sums));
        Code.mov(r10, rcx);
        Code.shr(r10, 3);
        Code.lea(rdx, __[rcx + rcx * 2]);
        Code.add(rdx, rax);
        Code.lea(r9, __[r10 + r10 * 2]);
        Code.lea(rbp, __[rbx + r9 * 2]);
        Code.add(r9, r8);
    }

    private void StoreOutputs()
    {
        Load(rax, nameof(KernelArguments.Output));
        Load(rcx, nameof(KernelArguments.OutputStride));
        for (var token = 0; token < Tokens; token++)
        {
            for (var vector = 0; vector < Vectors; vector++)
            {
                Simd.Store(rax + (_firstVector + vector) * _set.VectorBytes, Output(vector, token));
            }
            Code.add(rax, rcx);
        }
    }

    private void Load(AssemblerRegister64 register, string field) =>
        Code.mov(register, __qword_ptr[r11 + (int)Marshal.OffsetOf<KernelArguments>(field)]);
}
