namespace Tandem.Kernels.Generated;

/// <summary>How a kernel finds its argument, and which registers it must leave as they were.</summary>
internal enum CallingConvention
{
    /// <summary>Every system but Windows: the argument is in rdi; rbx, rbp and r12 to r15 are the caller's.</summary>
    SystemV,

    /// <summary>Windows: the argument is in rcx; rsi, rdi and xmm6 to xmm15 are the caller's too.</summary>
    Windows,
}
