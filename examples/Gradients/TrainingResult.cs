namespace Tandem.Examples.Gradients;

/// <summary>What a training came to.</summary>
/// <param name="Parameters">As <see cref="ParameterLayout"/> says.</param>
/// <param name="Losses">The mean loss of each step's batch, before its update.</param>
/// <param name="WaitShare">Share of the workers' time that went into gathering each other's gradients.</param>
internal sealed record TrainingResult(float[] Parameters, float[] Losses, double WaitShare);
