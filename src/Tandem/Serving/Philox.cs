using System.Diagnostics;

namespace Tandem.Serving;

/// <summary>
/// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
/// 1, 2, 3", 2011). A number is a pure function of its seed and its position, so there is no state to keep, to send or to set
/// back, and a repeated step repeats its choice.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    /// <param name="seed">The sequence's seed: the key.</param>
    /// <param name="position">Position, within the sequence, of the token that is drawn: the counter.</param>
    public static double Uniform(ulong seed, long position)
    {
        Debug.Assert(position >= 0, "positions count from 0");
        var block = Block((uint)position, (uint)(position >> 32), 0, 0, (uint)seed, (uint)(seed >> 32));
        var bits = ((ulong)block.X1 << 32) | block.X0;
        return (bits >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>The 128 bits of one counter under one key.</summary>
    internal static (uint X0, uint X1, uint X2, uint X3) Block(uint x0, uint x1, uint x2, uint x3, uint key0, uint key1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * x0;
            var product1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = (
                (uint)(product1 >> 32) ^ x1 ^ key0,
                (uint)product1,
                (uint)(product0 >> 32) ^ x3 ^ key1,
                (uint)product0
            );
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (x0, x1, x2, x3);
    }
}
