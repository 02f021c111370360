namespace Tandem.Parallel;

/// <summary>What the ranks of a <see cref="ThreadGroup"/> have in common.</summary>
/// <param name="Meeting">Where they meet.</param>
/// <param name="Mailboxes">From each to each, [from, to].</param>
/// <param name="Addresses">The memory that each has laid open to the others.</param>
/// <param name="Lengths">How many elements lie there.</param>
internal sealed record SharedMemory(Meeting Meeting, Mailbox[] Mailboxes, nint[] Addresses, int[] Lengths);
